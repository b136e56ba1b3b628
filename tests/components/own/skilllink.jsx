// A hook with the socket, in the page's context; messages are sent by REST and heard as events.
import { useEffect, useState } from "react";

import { mount } from "./mount.jsx";
import { ask, connect } from "./server.js";
import { Badge, Messages } from "./shown.jsx";

function useWebSocket(event, heard) {
    useEffect(() => {
        const socket = connect();
        socket.on(event, heard);
        return () => socket.disconnect();
    }, []);
}

function Chat({ partner }) {
    const [messages, setMessages] = useState([]);
    useWebSocket("new_message", (message) => {
        if (message.senderId === partner) setMessages((shown) => [...shown, message]);
    });
    useEffect(() => {
        ask(`/api/messages/conversation/${partner}`).then(({ data }) => setMessages(data));
    }, [partner]);
    return <Messages texts={messages.map(({ content }) => content)} />;
}

function Bell() {
    const [unread, setUnread] = useState(0);
    useWebSocket("notification", () => setUnread((count) => count + 1));
    useEffect(() => {
        ask("/api/notifications/unread-count").then(({ data }) => setUnread(data.count));
    }, []);
    return <Badge count={unread} />;
}

mount(Chat, Bell);
