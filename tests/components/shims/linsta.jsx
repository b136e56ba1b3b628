import ChatRoom from "seed/ChatRoom.jsx";

import { given } from "../own/server.js";
import { mount } from "./mounting.jsx";

localStorage.setItem("authToken", given.token);

mount(<ChatRoom chatRoomId={given.room} />);
