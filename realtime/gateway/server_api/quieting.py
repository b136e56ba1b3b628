"""A user's wishes about pushes, said by the application for her."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict

from realtime.dialects.base import Reply, malformed
from realtime.dialects.wishes import (
    MuteBody,
    Muted,
    MutePath,
    Mutes,
    WishesBody,
    WishesJson,
    mute_json,
    wishes_json,
)
from realtime.domain import errors, quiet
from realtime.gateway.server_api.bodies import UserPath
from realtime.gateway.server_api.rows import Call, Data, table


class Wishing(TypedDict):
    data: WishesJson


class UserWishesBody(UserPath, WishesBody):
    """Any of the two, for a user."""


class UserMuteBody(UserPath, MuteBody):
    """Until when a conversation is not pushed to a user."""


class UserMutePath(UserPath, MutePath):
    pass


@table.route("GET", "/api/server/users/{userId}/push", UserPath)
async def get_wishes(call: Call, path: UserPath) -> Reply[Wishing]:
    return Reply({"data": wishes_json(await quiet.of(call.acting(path.userId)))})


@table.route("PUT", "/api/server/users/{userId}/push", UserWishesBody)
async def put_wishes(call: Call, body: UserWishesBody) -> Reply[Wishing]:
    wishes = await quiet.change(call.acting(body.userId), **body.changed())
    return Reply({"data": wishes_json(wishes)})


@table.route("GET", "/api/server/users/{userId}/mutes", UserPath)
async def get_mutes(call: Call, path: UserPath) -> Reply[Mutes]:
    found = await quiet.mutes(call.acting(path.userId))
    return Reply({"data": [mute_json(each) for each in found]})


@table.route("PUT", "/api/server/users/{userId}/mutes/{conversationId}", UserMuteBody)
async def put_mute(call: Call, body: UserMuteBody) -> Reply[Muted]:
    with _of_hers():
        muted = await quiet.mute(call.acting(body.userId), body.conversationId, body.until)
    return Reply({"data": mute_json(muted)})


@table.route("DELETE", "/api/server/users/{userId}/mutes/{conversationId}", UserMutePath)
async def delete_mute(call: Call, path: UserMutePath) -> Reply[Data]:
    with _of_hers():
        await quiet.unmute(call.acting(path.userId), path.conversationId)
    return Reply({"data": {}})


@contextmanager
def _of_hers() -> Iterator[None]:
    """It is no sender who does not take part here."""
    try:
        yield
    except errors.NotParticipant:
        raise malformed("userId", "the user is no participant of this conversation") from None
