// The service that the components of `jobs` import: what it is told and says is in the contract.
import { ask, given } from "../own/server.js";
import { io } from "./socket.js";

const WIRE = {
    notification_received: "notification",
    message_received: "message_received",
    user_typing: "user_typing",
    profile_viewed: "profile_viewed",
};

const socket = io("http://localhost:3001", {
    auth: { token: given.token },
    transports: ["websocket", "polling"],
});

const timestamp = () => new Date().toISOString();

export default {
    addEventListener(name, listener) {
        socket.on(WIRE[name], listener);
        return () => socket.off(WIRE[name], listener);
    },
    sendMessage: (recipientId, message, messageType = "text") =>
        socket.emit("send_message", { recipientId, message, messageType, timestamp: timestamp() }),
    sendTypingIndicator: (recipientId) =>
        socket.emit("typing", { recipientId, timestamp: timestamp() }),
    getNotifications: ({ isRead }) => ask(`/api/realtime/notifications?isRead=${isRead}`),
    markNotificationAsRead: (id) => ask(`/api/realtime/notifications/${id}/read`, "PUT"),
    getChatMessages: (recipientId) => ask(`/api/realtime/chat/${recipientId}`),
    getActivityFeed: () => ask("/api/realtime/activity-feed"),
};
