import { MessageScreen, NotificationCenter } from "seed/screens.tsx";

import { given } from "../own/server.js";
import { mount } from "./mounting.jsx";

mount(
    <MessageScreen conversationId={given.room} token={given.token} />,
    <NotificationCenter token={given.token} />,
);
