// Joins and asks for the history over the socket, before that is connected.
import { useEffect, useState } from "react";

import { mount } from "./mount.jsx";
import { ask, connect } from "./server.js";
import { Badge, Messages } from "./shown.jsx";

function Chat({ room }) {
    const [messages, setMessages] = useState([]);
    useEffect(() => {
        const socket = connect();
        socket.emit("join_room", { chatRoomId: room });
        socket.on("receive_message", (message) => setMessages((shown) => [...shown, message]));
        socket.emit("get_history", { chatRoomId: room, limit: 50 });
        socket.on("message_history", (history) => setMessages(history.messages));
        return () => socket.disconnect();
    }, [room]);
    return <Messages texts={messages.map(({ text }) => text)} />;
}

function Bell() {
    const [unread, setUnread] = useState(0);
    useEffect(() => {
        const socket = connect();
        socket.emit("subscribe_notifications");
        socket.on("notification", () => setUnread((count) => count + 1));
        ask("/api/notifications/unread/count").then(({ unreadCount }) => setUnread(unreadCount));
        return () => socket.disconnect();
    }, []);
    return <Badge count={unread} />;
}

mount(Chat, Bell);
