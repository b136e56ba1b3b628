import ChatWindow from "seed/frontend/src/components/chat/ChatWindow.tsx";
import { AuthProvider, useAuth } from "seed/frontend/src/context/AuthContext.jsx";

import { given } from "../own/server.js";
import { mount } from "./mounting.jsx";

const Notifications = () => useAuth().realtimeNotifications.map(({ title }, key) => <p key={key}>{title}</p>);

const partner = { id: given.partner, name: given.partner };

mount(
    <AuthProvider>
        <ChatWindow partner={partner} onClose={() => {}} />
        <Notifications />
    </AuthProvider>,
);
