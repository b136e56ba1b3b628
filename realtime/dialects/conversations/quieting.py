"""When and of what a user wants no pushes, over REST; only this dialect has words for it, so that
users of all may ask here."""

from realtime.dialects.base import Reply, Request
from realtime.dialects.conversations.shapes import Said
from realtime.dialects.conversations.tables import dialect
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
from realtime.domain import quiet


@dialect.route("GET", "/api/notifications/push")
async def get_wishes(request: Request) -> Reply[WishesJson]:
    return Reply(wishes_json(await quiet.of(request.actor)))


@dialect.route("PUT", "/api/notifications/push", WishesBody)
async def put_wishes(request: Request, body: WishesBody) -> Reply[WishesJson]:
    return Reply(wishes_json(await quiet.change(request.actor, **body.changed())))


@dialect.route("GET", "/api/notifications/mutes")
async def get_mutes(request: Request) -> Reply[Mutes]:
    return Reply({"data": [mute_json(each) for each in await quiet.mutes(request.actor)]})


@dialect.route("PUT", "/api/notifications/mutes/{conversationId}", MuteBody)
async def put_mute(request: Request, body: MuteBody) -> Reply[Muted]:
    muted = await quiet.mute(request.actor, body.conversationId, body.until)
    return Reply({"data": mute_json(muted)})


@dialect.route("DELETE", "/api/notifications/mutes/{conversationId}", MutePath)
async def delete_mute(request: Request, path: MutePath) -> Reply[Said]:
    await quiet.unmute(request.actor, path.conversationId)
    return Reply({"message": "Conversation unmuted"})
