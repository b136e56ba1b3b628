// Who is logged in, and what the hook of `skilllink` has heard, as its context hands them on.
import { createContext, useContext } from "react";

import { useWebSocket } from "../hooks/useWebSocket";
import { given } from "own/server.js";

const Context = createContext(null);

export function AuthProvider({ children }) {
    const user = { id: given.user, token: given.token };
    const { isConnected, notifications } = useWebSocket(user.token);
    const value = { user, isConnected, realtimeNotifications: notifications };
    return <Context.Provider value={value}>{children}</Context.Provider>;
}

export const useAuth = () => useContext(Context);
