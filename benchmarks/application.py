"""The small application that every Socket.IO server here serves: node/server.js in Python.

Connecting needs a JWT of `SECRET`; `sub` is the user. The first group of events is measured, the
second is what check.js needs to see that a server is right before its numbers are printed.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import jwt
import socketio

UserOf = Callable[[str], Awaitable[str]]

SECRET = "secret-secret-secret-secret-secret-32"


def token(user_id: str) -> str:
    """A token of this user that stays valid until 2033."""
    claims = {"sub": user_id, "iat": 1760000000, "exp": 2000000000}
    return jwt.encode(claims, SECRET, algorithm="HS256")


async def user_by_pyjwt(token: str) -> str:
    """Who bears this token; InvalidTokenError for a bad one."""
    return str(jwt.decode(token, SECRET, algorithms=["HS256"])["sub"])


def register(sio: socketio.AsyncServer, user_of: UserOf = user_by_pyjwt) -> None:
    """Puts the whole application on a server that has no handlers yet.

    `user_of` says who bears a token, and raises for a bad one.
    """
    _connecting(sio, user_of)
    _measured(sio)
    _answers(sio)
    _rooms(sio)
    _many_at_once(sio)
    _second_namespace(sio)


def _connecting(sio: socketio.AsyncServer, user_of: UserOf) -> None:
    reasons: list[str] = []

    @sio.event
    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> bool | None:
        try:
            user = await user_of(auth["token"])
        except Exception:  # noqa: BLE001 - bad in any way, the token is refused
            return False
        await sio.save_session(sid, {"user": user})
        await sio.enter_room(sid, "user:" + user)
        return None

    @sio.event
    async def disconnect(sid: str, reason: str) -> None:
        reasons.append(reason)

    @sio.on("discs")
    async def last_reasons(sid: str) -> list[str]:
        return reasons[-50:]


def _measured(sio: socketio.AsyncServer) -> None:
    last_id = 0

    @sio.on("join")
    async def join(sid: str, room: str) -> dict[str, bool]:
        await sio.enter_room(sid, room)
        return {"ok": True}

    @sio.on("pub")
    async def publish(sid: str, message: Any) -> None:
        await sio.emit("message:new", message, room="room1")

    @sio.on("message:send")
    async def send(sid: str, message: dict[str, Any]) -> dict[str, Any]:
        nonlocal last_id
        last_id += 1
        sent = {
            "id": last_id,
            "from": (await sio.get_session(sid))["user"],
            "to": message["to"],
            "content": message["content"],
            "client_id": message["client_id"],
            "created_at": "2026-11-21T05:00:00.000Z",
        }
        ack = {"ok": True, "id": last_id}
        await sio.emit("message:new", sent, room="user:" + message["to"])
        return ack


def _answers(sio: socketio.AsyncServer) -> None:
    @sio.on("echo")
    async def echo(sid: str, data: Any) -> Any:
        await sio.emit("echo", data, to=sid)
        return data

    @sio.on("callme")
    async def call_back(sid: str, data: Any) -> Any:
        return await sio.call("question", data, to=sid, timeout=5)

    @sio.on("kick")
    async def kick(sid: str) -> None:
        await sio.disconnect(sid)


def _rooms(sio: socketio.AsyncServer) -> None:
    @sio.on("leave")
    async def leave(sid: str, room: str) -> list[str]:
        await sio.leave_room(sid, room)
        return sorted(name for name in sio.rooms(sid) if name != sid)

    @sio.on("pubskip")
    async def publish_to_others(sid: str, room: str, message: Any) -> None:
        await sio.emit("message:new", message, room=room, skip_sid=sid)


def _many_at_once(sio: socketio.AsyncServer) -> None:
    @sio.on("order")
    async def mix_of_targets(sid: str, count: int) -> int:
        own = "ord:" + sid
        await sio.enter_room(sid, own)
        for number in range(count):
            await sio.emit("o", number, room=(own, sid, [own, "zz"])[number % 3])
        return count

    @sio.on("bigroom")
    async def fill_room(sid: str, room: str, count: int) -> None:
        for number in range(count):
            await sio.emit("b", number, room=room)
            if number % 5 == 0:
                await sio.emit("d", number, to=sid)
            if number % 50 == 49:
                await sio.sleep(0.002)


def _second_namespace(sio: socketio.AsyncServer) -> None:
    @sio.on("connect", namespace="/chat")
    async def connect(sid: str, environ: dict[str, Any], auth: Any) -> bool:
        return True

    @sio.on("hello", namespace="/chat")
    async def hello(sid: str, data: Any) -> dict[str, bool]:
        await sio.emit("hi", data, to=sid, namespace="/chat")
        return {"ns": True}
