"""A person at a real frontend: socket.io-client in Node, and her REST calls; all is recorded."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from tests import stuck
from tests.between import MARK, Between
from tests.driver import Driver, Report
from tests.patience import PATIENCE
from tests.record import SEEN, SETTLE
from tests.rest import Rest

TRANSPORTS = {
    "websocket": ["websocket"],
    "polling": ["polling"],
    "upgrade": ["polling", "websocket"],
    "websocket-first": ["websocket", "polling"],
}

Found = TypeVar("Found")

LOOK = 5.0
"""Seconds for a client to say how far it is, where a test has failed already."""


class Refused(Exception):  # noqa: N818 -- an answer of the server, awaited by many tests
    """A connection that the server refused: `message` and `data` of the `connect_error`."""

    def __init__(self, message: str, data: Any, transport: bool) -> None:
        super().__init__(message)
        self.message = message
        self.data = data
        self.transport = transport
        """True when the transport failed, False when the server answered CONNECT_ERROR."""


def payload(args: list[Any]) -> Any:
    """What a listener gets: the one argument, None without any, the list of several."""
    return args[0] if len(args) == 1 else args or None


class Frontend(Rest):
    """One socket of one person; made by `Frontends.connect`."""

    def __init__(self, driver: Driver, *rest: Any, **keywords: Any) -> None:
        super().__init__(*rest, **keywords)
        self.history: list[tuple[str, Any]] = []
        """Every event ever heard, in order."""
        self.connects: list[Report] = []
        """Every `connect`: its `sid`, `recovered` and `transport` then."""
        self.disconnects: list[str] = []
        """The reason of every `disconnect`."""
        self.refusals: list[Refused] = []
        self.transports: list[str] = []
        """The transport of every opening and every upgrade, in order."""
        self._unheard: list[tuple[str, Any]] = []
        self._faults: list[str] = []
        self._look: Report | None = None
        self._acks: dict[int, tuple[str, asyncio.Future[Any]]] = {}
        self._ack_ids = itertools.count(1)
        self._changed = asyncio.Event()
        self.between: Between | None = None
        """What is between its node and others, where there are others."""
        self._marks: set[int] = set()
        self._namespace = "/"
        self._driver = driver
        self.number = driver.listen(self._receive)

    # What the Node process reports.

    def _receive(self, report: Report) -> None:
        getattr(self, f"_on_{report['at']}")(report)
        self._changed.set()

    def _on_event(self, report: Report) -> None:
        if report["event"] == MARK:
            self._marks.add(report["args"][0])
            return
        heard = (report["event"], payload(report["args"]))
        SEEN.hear(self.dialect, report["event"])
        self.history.append(heard)
        self._unheard.append(heard)

    def _on_connect(self, report: Report) -> None:
        self.connects.append(report)

    def _on_refused(self, report: Report) -> None:
        refused = Refused(report["message"], report.get("data"), report["transport"])
        self.refusals.append(refused)
        if not refused.transport:
            SEEN.refuse_connection(self.dialect, refused.message)

    def _on_disconnect(self, report: Report) -> None:
        self.disconnects.append(report["reason"])

    def _on_open(self, report: Report) -> None:
        self.transports.append(report["transport"])

    _on_upgrade = _on_open

    def _on_ack(self, report: Report) -> None:
        event, waiting = self._acks.pop(report["ack"])
        if waiting.done():
            return
        if "error" in report:
            waiting.set_exception(TimeoutError(report["error"]))
            return
        SEEN.ack(self.dialect, event, report["args"])
        waiting.set_result(payload(report["args"]))

    def _on_look(self, report: Report) -> None:
        self._look = report

    def _on_fault(self, report: Report) -> None:
        self._faults.append(report["message"])

    def connects_to(
        self,
        url: str,
        version: str,
        namespace: str,
        options: dict[str, Any],
        *,
        beside: Frontend | None,
        early: list[list[Any]],
    ) -> None:
        """Give the Node process the order to connect; `Frontends.open` does."""
        for event, *_ in early:
            SEEN.emit(self.dialect, event)
        self._namespace = namespace or "/"
        self._driver.order(
            "connect",
            self.number,
            url=url,
            version=version,
            namespace=namespace,
            options=options,
            beside=beside and beside.number,
            early=early,
        )

    # What the test does.

    @property
    def sid(self) -> str:
        """The Socket.IO id of the latest connection."""
        return str(self.connects[-1]["sid"])

    @property
    def recovered(self) -> bool:
        """Whether the latest connection recovered its state."""
        return bool(self.connects[-1]["recovered"])

    @property
    def pid(self) -> str | None:
        """By what the server would know it again."""
        return self.connects[-1].get("pid")

    async def emit(self, event: str, *args: Any, volatile: bool = False) -> None:
        """Send an event that wants no ack; follow it by `settled()` where its effect matters."""
        SEEN.emit(self.dialect, event)
        self._driver.order("emit", self.number, args=[event, *args], volatile=volatile)

    async def ask(self, event: str, *args: Any, timeout: float = PATIENCE) -> Any:  # noqa: ASYNC109
        """Send an event and return its ack: the one value, None without any, a list of several."""
        return await self.asked(event, *args, timeout=timeout)

    def asked(self, event: str, *args: Any, timeout: float = PATIENCE) -> asyncio.Task[Any]:
        """`ask` in the background, sent at once: for several at the same time."""
        SEEN.emit(self.dialect, event)
        number = next(self._ack_ids)
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._acks[number] = (event, waiting)
        self._driver.order("emit", self.number, args=[event, *args], ack=number)
        return asyncio.ensure_future(self._acked(event, waiting, timeout))

    async def _acked(self, event: str, waiting: asyncio.Future[Any], patience: float) -> Any:
        try:
            return await asyncio.wait_for(waiting, patience)
        except TimeoutError:
            raise AssertionError(f"no ack for {event!r} in {patience} s; {self._state()}") from None

    async def settled(self) -> None:
        """A round trip: what this socket sent is handled, what was sent to it before is heard.

        One socket's events are handled in order and its output has one order, so an ack is a
        proof, not a pause. The event is unknown to every dialect; its ack is an error.
        Where there are other nodes, what they said before is heard too, and what this socket made
        its node say is on its way.
        """
        await self.ask(SETTLE)
        if self.between is not None:
            await self.ask(SETTLE)  # between two turns of its loop, a node hands over what it says
            mark = await self.between.mark(self._namespace, self.sid)
            await self._until(lambda: mark in self._marks or None, f"hear mark {mark}", PATIENCE)

    async def hears(
        self,
        event: str,
        where: Callable[[Any], bool] = lambda _: True,
        timeout: float = PATIENCE,  # noqa: ASYNC109
    ) -> Any:
        """The payload of the first such event not heard yet, waited for up to `timeout` s."""

        def find() -> tuple[str, Any] | None:
            return next((e for e in self._unheard if e[0] == event and where(e[1])), None)

        found = await self._until(find, f"hear {event!r}", timeout)
        self._unheard.remove(found)
        return found[1]

    def heard(self, event: str) -> list[Any]:
        """The payloads of all such events so far, whether asked for by `hears` or not."""
        return [body for name, body in self.history if name == event]

    async def has_heard(
        self,
        event: str,
        count: int,
        timeout: float = PATIENCE,  # noqa: ASYNC109
    ) -> list[Any]:
        """The payloads of all such events, once there are at least this many."""

        def find() -> list[Any] | None:
            found = self.heard(event)
            return found if len(found) >= count else None

        return await self._until(find, f"hear {count} × {event!r}", timeout)

    def unheard(self, event: str) -> list[Any]:
        """The payloads of such events that no `hears` has asked for yet."""
        return [body for name, body in self._unheard if name == event]

    async def hears_nothing(self, *events: str, after: Iterable[Frontend] = ()) -> None:
        """No such event (none at all, without names) is on its way to this socket.

        `after` names the frontends whose emits could have caused one: each makes a round trip
        first, then this one does.
        """
        for other in after:
            await other.settled()
        await self.settled()
        surprises = [heard for heard in self._unheard if not events or heard[0] in events]
        assert not surprises, f"{self} heard {surprises}"

    def forget_what_was_heard(self) -> None:
        """Start anew: nothing heard so far counts as unheard."""
        self._unheard.clear()

    def answers(self, event: str, *args: Any) -> None:
        """What this frontend acks when the server asks it with `event`."""
        self._driver.order("answer", self.number, event=event, args=list(args))

    def fails_at(self, event: str) -> None:
        """The next such event makes a listener of this page throw."""
        self._driver.order("fail", self.number, event=event)

    # Connections come and go.

    async def disconnect(self) -> None:
        """Leave as a page does, with a Socket.IO disconnect; returns when it is left."""
        before = len(self.disconnects)
        self._driver.order("disconnect", self.number)
        await self.is_disconnected(before + 1)

    async def reconnect(self, auth: Any = None) -> None:
        """Connect the same socket again; raises `Refused`."""
        self.order_connect(auth)
        await self.is_connected(len(self.connects) + 1)

    def order_connect(self, auth: Any = None) -> None:
        """`reconnect` without waiting."""
        self._driver.order("reconnect", self.number, **({} if auth is None else {"auth": auth}))

    async def close(self) -> None:
        """Close the transport properly, without a Socket.IO disconnect."""
        before = len(self.disconnects)
        self._driver.order("close", self.number)
        await self.is_disconnected(before + 1)

    async def cut(self) -> None:
        """Cut the wire: the server is told nothing, this client knows at once."""
        before = len(self.disconnects)
        self._driver.order("cut", self.number)
        await self.is_disconnected(before + 1)

    def pause(self) -> None:
        """Stop reading from the wire (WebSocket only): a stalled reader."""
        self._driver.order("pause", self.number)

    def resume(self) -> None:
        """Read again."""
        self._driver.order("resume", self.number)

    async def is_connected(self, times: int, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109
        """Wait for the connect number `times`; raises `Refused` when the server says no."""
        refusals = len(self.refusals)

        def find() -> bool | None:
            for refused in self.refusals[refusals:]:
                raise refused
            return True if len(self.connects) >= times else None

        await self._until(find, f"connect ({times})", timeout)

    async def is_disconnected(self, times: int = 1, timeout: float = PATIENCE) -> str:  # noqa: ASYNC109
        """Wait for the disconnect number `times`; its reason."""
        return await self._until(
            lambda: self.disconnects[times - 1] if len(self.disconnects) >= times else None,
            f"disconnect ({times})",
            timeout,
        )

    async def is_upgraded(self, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109
        """Wait until the connection that began with polling goes on over WebSocket."""
        upgrade = ["polling", "websocket"]
        await self._until(lambda: self.transports[-2:] == upgrade or None, "upgrade", timeout)

    async def _until(self, find: Callable[[], Found | None], what: str, patience: float) -> Found:
        try:
            async with asyncio.timeout(patience):
                while (found := find()) is None:
                    assert not self._faults, self._faults
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(
                f"did not {what} in {patience} s; {self._state()}, "
                f"client: {await self._looked()}; tasks here:\n{stuck.tasks()}"
            ) from None
        return found

    async def _looked(self) -> Report | None:
        """How far the client itself is; None where its process says nothing."""
        self._driver.order("look", self.number)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK):
                while self._look is None:
                    self._changed.clear()
                    await self._changed.wait()
        return self._look

    def _state(self) -> str:
        return (
            f"{self} unheard: {self._unheard[-20:]}, disconnects: {self.disconnects}, "
            f"refused: {self.refusals}, faults: {self._faults}"
        )

    def __repr__(self) -> str:
        return f"<frontend {self.number}, {self.dialect}>"
