// One service with the socket, which all components listen to; nobody joins anything.
import { useEffect, useState } from "react";

import { mount } from "./mount.jsx";
import { ask, connect } from "./server.js";
import { Badge, Messages } from "./shown.jsx";

const socket = connect({ transports: ["websocket", "polling"] });

function useEvent(event, listener, ...on) {
    useEffect(() => {
        socket.on(event, listener);
        return () => socket.off(event, listener);
    }, on);
}

function Chat({ partner }) {
    const [messages, setMessages] = useState([]);
    useEffect(() => {
        ask(`/api/realtime/chat/${partner}`).then((page) => setMessages(page.messages));
    }, [partner]);
    useEvent("message_received", (message) => {
        if (message.senderId === partner) setMessages((shown) => [...shown, message]);
    });
    return <Messages texts={messages.map(({ message }) => message)} />;
}

function Bell() {
    const [unread, setUnread] = useState(0);
    useEffect(() => {
        ask("/api/realtime/notifications?isRead=false").then((page) => setUnread(page.unread));
    }, []);
    useEvent("notification", () => setUnread((count) => count + 1));
    return <Badge count={unread} />;
}

function Viewers() {
    const [activities, setActivities] = useState([]);
    useEffect(() => {
        ask("/api/realtime/activity-feed").then((page) => setActivities(page.activities));
    }, []);
    useEvent("profile_viewed", (view) => setActivities((shown) => [view, ...shown]));
    return (
        <ol className="viewers">
            {activities.map((each, index) => (
                <li key={index}>{each.userName}</li>
            ))}
        </ol>
    );
}

mount(Chat, Bell, Viewers);
