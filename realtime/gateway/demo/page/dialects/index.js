// Four frontends, each in its own words. What a page asks of a dialect:
//
//   list(f)                 chats: [{partner: {id, name}, text, at, unread}]
//   open(f, partner)        enter a chat: {id, messages}, oldest first
//   close(f, chat)          leave it
//   send(f, chat, text, id) say something; gives the message where the answer has it
//   read(f, chat)           what the partner said is read
//   typing(f, chat, on)     where the dialect has it
//   notices(f)              notifications: {items: [{id, title, text, at, read}], unread}
//   readNotices(f)          all of them are read
//   online(f, ids)          where the dialect can ask: {id: true or false}
//   greet(f)                what it says after each connect
//   hears(f, told)          its events, each told to the page in the page's words
//
// A message is {id, from, text, at, read}; `f` is a Frontend, ids are compared as text.

import {conversations} from "./conversations.js";
import {jobs} from "./jobs.js";
import {linsta} from "./linsta.js";
import {skilllink} from "./skilllink.js";

export const DIALECTS = {conversations, jobs, skilllink, linsta};
