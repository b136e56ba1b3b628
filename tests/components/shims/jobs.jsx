import ActivityFeed from "seed/ActivityFeed.jsx";
import ChatWindow from "seed/ChatWindow.jsx";
import NotificationCenter from "seed/NotificationCenter.jsx";

import { given } from "../own/server.js";
import { mount } from "./mounting.jsx";

mount(<ChatWindow recipientId={given.partner} />, <NotificationCenter />, <ActivityFeed />);
