"""Acting inside a transaction: nothing is told or remembered before it has been committed."""

from collections.abc import Sequence
from dataclasses import replace

from realtime.domain.actor import Node
from realtime.domain.events import Event, MembershipChanged, PeopleChanged, UserDeleted
from realtime.domain.memberships import Memberships
from realtime.domain.people import People


def apart(node: Node) -> tuple[Node, list[Event]]:
    """The same node with memories of its own, and what it would have told.

    What is rolled back leaves no trace: nobody is known who was never stored.
    """
    told: list[Event] = []
    people = People(must_exist=node.rules.must_exist)
    return replace(node, announce=told.append, memberships=Memberships(), people=people), told


def tell(node: Node, events: Sequence[Event]) -> None:
    """It has been committed: forget what it made void, and tell it."""
    for event in events:
        forget(node, event)
        node.announce(event)


def forget(node: Node, event: Event) -> None:
    """Ask the database next time for what this event has changed, wherever it happened."""
    if isinstance(event, MembershipChanged):
        node.memberships.forget(event.conversation_id)
    elif isinstance(event, PeopleChanged):
        for user_id in event.user_ids:
            node.people.forget(user_id)
            node.memberships.forget_person(user_id)
    elif isinstance(event, UserDeleted):
        node.people.forget(event.user_id)
        node.memberships.forget_pairs(event.user_id)
