// Each component has a socket of its own, and joins its conversation when it is mounted.
import { useEffect, useState } from "react";

import { mount } from "./mount.jsx";
import { ask, connect } from "./server.js";
import { Badge, Messages } from "./shown.jsx";

function useSocket() {
    const [socket, setSocket] = useState(null);
    useEffect(() => {
        const made = connect({ path: "/socket.io/" });
        setSocket(made);
        return () => made.disconnect();
    }, []);
    return socket;
}

function Chat({ room }) {
    const socket = useSocket();
    const [messages, setMessages] = useState([]);
    const [typing, setTyping] = useState(new Set());

    useEffect(() => {
        if (!socket) return;
        socket.emit("join:conversation", room);
        socket.on("message:new", (message) => setMessages((shown) => [...shown, message]));
        socket.on("message:updated", (changed) =>
            setMessages((shown) => shown.map((each) => (each.id === changed.id ? changed : each))),
        );
        socket.on("message:deleted", ({ messageId }) =>
            setMessages((shown) => shown.filter(({ id }) => id !== messageId)),
        );
        socket.on("typing:start", ({ userId }) => setTyping((who) => new Set(who).add(userId)));
        socket.on("typing:stop", ({ userId }) =>
            setTyping((who) => new Set([...who].filter((each) => each !== userId))),
        );
        ask(`/api/messages/conversations/${room}`).then((page) => setMessages(page.messages));
    }, [socket, room]);

    return (
        <>
            <Messages texts={messages.map(({ content }) => content)} />
            <ul className="typing">
                {[...typing].map((id) => (
                    <li key={id}>{id}</li>
                ))}
            </ul>
        </>
    );
}

function Bell() {
    const socket = useSocket();
    const [unread, setUnread] = useState(0);

    useEffect(() => {
        if (!socket) return;
        socket.on("notification:new", () => setUnread((count) => count + 1));
        socket.on("notification:read", () => setUnread((count) => Math.max(0, count - 1)));
        socket.on("notifications:read-all", () => setUnread(0));
        ask("/api/notifications/unread-count").then(({ count }) => setUnread(count));
    }, [socket]);

    return <Badge count={unread} />;
}

mount(Chat, Bell);
