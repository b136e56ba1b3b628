"""The `conversations` dialect, where the scenarios do not reach."""

from __future__ import annotations

from dataclasses import replace

from realtime.dialects.examples import EVENTS, PAIR
from realtime.dialects.loading import load
from realtime.dialects.words import Words
from realtime.domain.events import MessagesRead
from realtime.domain.ids import new_id


def test_what_was_read_goes_out_in_events_of_at_most_500_ids_in_order() -> None:
    read = next(event for event in EVENTS if isinstance(event, MessagesRead))
    ids = tuple(new_id() for _ in range(1_201))

    said = list(load()["conversations"].encode(replace(read, message_ids=ids), Words()))

    assert [name for name, _ in said] == ["messages:read"] * 3
    payloads = [wire.payload for _, wire in said]
    assert [len(payload["messageIds"]) for payload in payloads] == [500, 500, 201]
    assert [id_ for payload in payloads for id_ in payload["messageIds"]] == list(map(str, ids))
    assert {payload["conversationId"] for payload in payloads} == {str(PAIR.id)}
