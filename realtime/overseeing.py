"""Lets an operator see all nodes: what this one has to tell, and how it asks the others."""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from realtime.dialects.words import Words
from realtime.domain.ports import Clock
from realtime.gateway.overseeing import Asking, Itself, Overseer, Own, answering
from realtime.gateway.sockets import Sockets
from realtime.stores.roster import Roster
from realtime.transport import Server


def overseer_of(
    server: Server,
    roster: Roster | None,
    sockets: Sockets,
    words: Words,
    *,
    process: str,
    worker: bool,
    push: Callable[[], str],
    clock: Clock,
) -> Overseer:
    """Looks at all nodes from this one; the server has not started yet."""
    itself = Itself(process, version("realtime"), clock(), worker, push)
    own = Own(itself, server, sockets, words)
    others = (lambda: roster.others) if roster is not None else list
    return Overseer(Asking(server, process, others, partial(answering, own)))
