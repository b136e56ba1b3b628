"""What was stored and never heard, loaded and put into words: the source of the order's loader."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from realtime.delivery.fanout import FanOut
from realtime.domain import replay
from realtime.domain.actor import Node
from realtime.domain.orders import OF_USER
from realtime.transport import Command, Emission


class Missing:
    """Loads an order's numbers from the journal and says what they tell.

    Called by the transport where a number did not come: by a node that died before telling, or by
    a wire that was cut. Raises what the database raises; then it is asked again.
    """

    def __init__(self, fanout: FanOut, node: Node) -> None:
        self._fanout = fanout
        self._node = node

    async def __call__(
        self, key: str, first: int, last: int
    ) -> Mapping[int, Sequence[Emission | Command]]:
        """The steps of each number that is stored, from one to another, both included."""
        if key.startswith(OF_USER):
            told = await replay.of_user(self._node, key.removeprefix(OF_USER), first, last)
        else:
            told = await replay.of_conversation(self._node, UUID(key), first, last)
        return {
            number: [] if event is None else self._fanout.steps(event)
            for number, event in told.items()
        }
