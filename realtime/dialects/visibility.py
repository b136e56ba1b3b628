"""An event of ours that pages of every dialect may send: whether somebody looks at them."""

from typing import Annotated

from pydantic import Field

from realtime.dialects.base import Connection, Dialect, Json
from realtime.dialects.fields import Payload
from realtime.domain import presence

EVENT = "client:visibility"


class Visibility(Payload):
    """What ``document.visibilityState === "visible"`` says."""

    visible: Annotated[bool, Field(strict=True)]


def hears_visibility(dialect: Dialect) -> None:
    """Let a dialect's pages say so; where they never do, nobody counts as looking."""

    @dialect.on(EVENT, Visibility)
    async def visibility(socket: Connection, data: Visibility) -> Json:
        await presence.looks(socket.actor, visible=data.visible)
        return {"success": True}
