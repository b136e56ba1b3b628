"""Blocking somebody, said by a user and by the application for her."""

from typing import TypedDict

from realtime.dialects.words import WireUserId, Words, iso
from realtime.domain import blocks, presence
from realtime.domain.actor import Actor
from realtime.domain.blocks import Block


class BlockJson(TypedDict):
    userId: WireUserId
    createdAt: str


class Blocks(TypedDict):
    data: list[BlockJson]


async def block(actor: Actor, other_id: str) -> None:
    """Block somebody, and look offline to each other. Raises what ``blocks.block`` raises."""
    await blocks.block(actor, other_id)
    await presence.parted(actor.node, actor.user_id, other_id)


async def unblock(actor: Actor, other_id: str) -> None:
    """Take it back, and be seen again."""
    await blocks.unblock(actor, other_id)
    await presence.met(actor.node, actor.user_id, other_id)


async def blocks_json(actor: Actor, words: Words) -> Blocks:
    """Whom the actor blocks."""
    return {"data": [_block_json(each, words) for each in await blocks.mine(actor)]}


def _block_json(found: Block, words: Words) -> BlockJson:
    return {"userId": words.user_id(found.user_id), "createdAt": iso(found.at)}
