"""Saying things, and everything that follows from having said them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from realtime.domain import conversations, histories, journal, proposals, webhooks
from realtime.domain.actor import Actor
from realtime.domain.errors import (
    Blocked,
    NotSender,
    TooEarly,
    TooLateToDelete,
    UnknownConversation,
    UnknownMessage,
)
from realtime.domain.events import MessageDeleted, MessageEdited
from realtime.domain.ids import new_id
from realtime.domain.journal import Change, Kind
from realtime.domain.memberships import load
from realtime.domain.ports import Before, Check, Draft
from realtime.domain.records import Attachment, Conversation, Message, preview
from realtime.domain.texts import text_of
from realtime.frozen import record
from realtime.models import Conversation as ConversationRow
from realtime.models import Message as Row
from realtime.models import Notification


@record
class Content:
    """What is said, before anybody has looked at it."""

    text: str
    kind: str = "text"
    attachments: tuple[Attachment, ...] | None = None
    client_id: str | None = None


async def send(actor: Actor, conversation_id: UUID, content: Content) -> Message:
    """Say something in a conversation the actor takes part in; stored when this returns.

    A second send with the same client id gives the first one's message and tells nobody.
    Raises UnknownConversation, NotParticipant, Blocked, TooEarly where the conversation is slow,
    MessageRefused where the application is asked and does not want it, and what ``text_of`` raises.
    """
    text = text_of(content.text, actor.node.rules.messages.max_length)
    conversation = await actor.node.memberships.get(conversation_id)
    sender = conversation.person(actor.user_id)
    if sender is None:  # she may have been added on another node a moment ago
        conversation = await conversations.access(actor, conversation_id)
        sender = conversations.part_of(actor, conversation)
    await _may_speak(actor, conversation, content.client_id)
    draft = Draft(
        id=new_id(),
        conversation=conversation,
        sender=sender,
        kind=content.kind,
        content=text,
        attachments=content.attachments,
        client_id=content.client_id,
        session=actor.session,
        created_at=actor.node.clock(),
    )
    if actor.node.before is not None:
        return await _send_if_allowed(actor, draft, actor.node.before)
    return await _write(actor, draft)


async def send_to(actor: Actor, other_id: str, content: Content) -> Message:
    """Say something to a person, in the one conversation with her.

    Raises what ``send`` and ``conversations.may_begin`` raise; a refused message makes no
    conversation.
    """
    text_of(content.text, actor.node.rules.messages.max_length)
    before = actor.node.before
    if before is not None and await conversations.with_person(actor, other_id) is None:
        return await _send_first_if_allowed(actor, other_id, content, before)
    try:
        return await send(actor, await conversations.direct_with(actor, other_id), content)
    except UnknownConversation:  # another node has deleted the one that we remembered
        return await send(actor, await conversations.direct_with(actor, other_id), content)


async def edit(actor: Actor, message_id: UUID, text: str) -> Message:
    """Say it differently, in the notifications that it made too.

    Raises Blocked, MessageRefused, and as ``delete`` and ``text_of`` do.
    """
    text = text_of(text, actor.node.rules.messages.max_length)
    row, conversation = await _editable(actor, message_id)
    before = actor.node.before
    if before is None:
        return await _change(actor, row, conversation, text)
    async with before.turn(actor.user_id):
        text = await before.ask(proposals.of_edit(row, conversation, text), _check(actor))
        row, conversation = await _editable(actor, message_id)  # that took its time
        return await _change(actor, row, conversation, text)


async def _change(actor: Actor, row: Row, conversation: Conversation, text: str) -> Message:
    now, message_id = actor.node.clock(), row.id
    async with in_transaction() as connection:
        held = await journal.locked(conversation.id)
        conversation = await _as_held(actor, held, conversation, connection)
        if conversation.blocked:
            raise Blocked
        kept = Row.filter(id=message_id, deleted_at=None)
        if held is None or not await kept.update(content=text, edited_at=now, updated_at=now):
            raise UnknownMessage
        await Notification.filter(message_id=message_id).update(text=preview(text))
        edited = Change(Kind.EDITED, ids=(message_id,), session=actor.session)
        change = await journal.record(held, edited, now)
        row = await Row.get(id=message_id)  # it may have been read since we looked
        await webhooks.edited(actor.node, row, change, now)
    message = histories.record(row, conversation, conversations.part_of(actor, conversation))
    actor.node.announce(MessageEdited(message, conversation, change))
    return message


async def delete(actor: Actor, message_id: UUID, *, groups: bool = True) -> MessageDeleted:
    """Take it back: its words are gone, and the notifications it made; only its number stays.

    Raises UnknownMessage (also for who is not in the conversation, and for a group's to a frontend
    without ``groups``), NotSender, TooLateToDelete.
    """
    row, conversation = await _own(actor, message_id, groups=groups)
    now = actor.node.clock()
    async with in_transaction() as connection:
        held = await journal.locked(conversation.id)
        conversation = await _as_held(actor, held, conversation, connection)
        change = 0 if held is None else await erase(held, row, now, actor.session)
        if change:
            await webhooks.deleted(actor.node, conversation.id, [row], change, now)
    if not change:
        raise UnknownMessage
    deleted = MessageDeleted(
        conversation.id, message_id, actor.user_id, conversation, row.created_at, change
    )
    actor.node.announce(deleted)
    return deleted


async def erase(held: ConversationRow, row: Row, at: datetime, session: str | None) -> int:
    """Take the words of a message, and what told of it, while its conversation is locked.

    Gives the change's number, 0 for a message that is deleted already.
    """
    kept = Row.filter(id=row.id, deleted_at=None)
    if not await kept.update(content="", attachments=None, deleted_at=at, updated_at=at):
        return 0
    await Notification.filter(message_id=row.id).delete()
    await follow_newest(held, [row.seq])
    return await journal.record(held, Change(Kind.DELETED, ids=(row.id,), session=session), at)


async def follow_newest(held: ConversationRow, deleted: Collection[int]) -> None:
    """Messages with these numbers were deleted: lists show the newest that is there.

    The conversation is locked.
    """
    if held.newest_seq not in deleted:
        return
    left = Row.filter(conversation_id=held.id, seq__lt=held.newest_seq, deleted_at=None)
    newest = await left.order_by("-seq").first()
    await ConversationRow.filter(id=held.id).update(
        newest_seq=0 if newest is None else newest.seq,
        last_message_at=None if newest is None else newest.created_at,
        updated_at=held.created_at if newest is None else newest.created_at,
    )


async def _may_speak(actor: Actor, conversation: Conversation, client_id: str | None) -> None:
    """Raises Blocked, and TooEarly for whoever spoke a moment ago in a slow conversation.

    Only a slow one costs a question, and one that seems blocked. What is sent again is not slowed
    down.
    """
    await conversations.refuse_blocked(actor, conversation)
    if not conversation.slow_seconds:
        return
    said = Row.filter(conversation_id=conversation.id, sender_id=actor.user_id).order_by("-seq")
    last = await said.only("client_id", "created_at").first()
    if last is None or (client_id is not None and client_id == last.client_id):
        return
    passed = (actor.node.clock() - last.created_at).total_seconds()
    if passed < conversation.slow_seconds:
        raise TooEarly(conversation.slow_seconds - passed)


async def _send_if_allowed(actor: Actor, draft: Draft, before: Before) -> Message:
    """Ask the application, unless this is a retry of what is stored."""
    async with before.turn(actor.user_id):
        if not await _is_stored(draft.conversation.id, draft.sender.id, draft.client_id):
            text = await before.ask(proposals.of_draft(draft), _check(actor))
            await _may_speak(actor, draft.conversation, draft.client_id)
            draft = replace(draft, content=text, created_at=actor.node.clock())
        return await _write(actor, draft)


async def _send_first_if_allowed(
    actor: Actor, other_id: str, content: Content, before: Before
) -> Message:
    """Ask the application before there is a conversation: what is refused makes none."""
    await conversations.may_begin(actor, other_id)
    proposal = proposals.of_first(
        actor.user_id,
        other_id,
        kind=content.kind,
        text=_check(actor)(content.text),
        attachments=content.attachments,
        client_id=content.client_id,
    )
    async with before.turn(actor.user_id):
        if not await _was_first(actor, other_id, content.client_id):
            content = replace(content, text=await before.ask(proposal, _check(actor)))
        allowed = replace(actor, node=replace(actor.node, before=None))
        return await send(allowed, await conversations.direct_with(actor, other_id), content)


async def _was_first(actor: Actor, other_id: str, client_id: str | None) -> bool:
    """Whether it was stored, in a conversation that began with it, while this waited for its
    turn."""
    begun = await conversations.with_person(actor, other_id)
    return begun is not None and await _is_stored(begun.id, actor.user_id, client_id)


def _check(actor: Actor) -> Check:
    return lambda text: text_of(text, actor.node.rules.messages.max_length)


async def _is_stored(conversation_id: UUID, sender_id: str, client_id: str | None) -> bool:
    if client_id is None:
        return False
    return await Row.exists(
        conversation_id=conversation_id, sender_id=sender_id, client_id=client_id
    )


async def _write(actor: Actor, draft: Draft) -> Message:
    try:
        written = await actor.node.writer.write(draft)
    except UnknownConversation:  # it is gone, and is still remembered here
        await actor.node.memberships.reload(draft.conversation.id)
        raise
    return written.message


async def _editable(actor: Actor, message_id: UUID) -> tuple[Row, Conversation]:
    """The actor's message, which she may still say differently."""
    row, conversation = await _own(actor, message_id)
    await conversations.refuse_blocked(actor, conversation)
    return row, conversation


async def _own(actor: Actor, message_id: UUID, *, groups: bool = True) -> tuple[Row, Conversation]:
    """The actor's message, which she may still change."""
    row = await Row.get_or_none(id=message_id, deleted_at=None)
    if row is None:
        raise UnknownMessage
    conversation = await actor.node.memberships.current(row.conversation_id)
    if conversation.person(actor.user_id) is None or not (groups or conversation.direct):
        raise UnknownMessage
    if row.sender_id != actor.user_id:
        raise NotSender
    _in_time(actor, row.created_at)
    return row, conversation


async def _as_held(
    actor: Actor,
    held: ConversationRow | None,
    remembered: Conversation,
    connection: BaseDBAsyncClient,
) -> Conversation:
    """The conversation as of the row that is locked: what is remembered may be late.

    Raises UnknownMessage where the actor takes part no more.
    """
    if held is None or held.version == remembered.version:
        return remembered
    current = await load(remembered.id, connection)
    if current is None or current.person(actor.user_id) is None:
        raise UnknownMessage
    return current


def _in_time(actor: Actor, sent_at: datetime) -> None:
    minutes = actor.node.rules.messages.delete_window
    if minutes is not None and actor.node.clock() - sent_at > timedelta(minutes=minutes):
        raise TooLateToDelete(minutes)
