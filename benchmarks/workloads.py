"""The workloads: what is done to a server, and which figure of it counts.

Each function takes a running server and the `Effort`, and returns a result with its `value`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import generator
import machine
from generator import LoadFailedError, Result
from servers import Server


@dataclass(frozen=True)
class Effort:
    """How long and how large: the whole suite, or a minute or two for a first look."""

    seconds: float = 5
    warmup: float = 1
    share: float = 1
    """Of the clients where there are thousands of them, and of the megabytes."""

    def many(self, things: int) -> int:
        """So many clients or megabytes, or the quick run's share of them."""
        return int(things * self.share)


Workload = Callable[[Server, Effort], Result]


def broadcast(clients: int, outstanding: int = 1) -> Workload:
    """Deliveries a second to one room."""

    def measure(server: Server, effort: Effort) -> Result:
        result = generator.load(
            "broadcast",
            server,
            clients=clients,
            outstanding=outstanding,
            seconds=effort.seconds,
            warmup=effort.warmup,
        )
        return {**result, "value": result["deliveries"]}

    return measure


def pairs(clients: int = 200, *flags: str) -> Workload:
    """Messages a second, each delivered and acked; one per client is under way."""
    return _messages("pairs", clients, *flags)


def polling(clients: int = 100) -> Workload:
    """Messages a second by HTTP long-polling: POST, then ack and message by GET."""
    return _messages("polling", clients)


def _messages(mode: str, clients: int, *flags: str) -> Workload:
    def measure(server: Server, effort: Effort) -> Result:
        result = generator.load(
            mode,
            server,
            *flags,
            clients=clients,
            seconds=effort.seconds,
            warmup=effort.warmup,
        )
        return {**result, "value": min(result["acks"], result["deliveries"])}

    return measure


def slow_percent(mode: str, clients: int, rate: float) -> Workload:
    """The 99th percentile of delivery in ms, at a rate that each server should bear."""

    def measure(server: Server, effort: Effort) -> Result:
        result = generator.load(
            mode,
            server,
            clients=clients,
            rate=rate,
            seconds=effort.seconds,
            warmup=effort.warmup,
        )
        if "delivery_p99_us" not in result:
            raise LoadFailedError("nothing was delivered in time")
        return {**result, "value": result["delivery_p99_us"] / 1000}

    return measure


def connects(clients: int) -> Workload:
    """Connects a second of clients that stay, each with a token that was never seen before."""

    def measure(server: Server, effort: Effort) -> Result:
        with generator.steps("hold", server, clients=effort.many(clients)) as held:
            result = held.next()
        return {**result, "value": result["connects"]}

    return measure


def churn(clients: int = 64) -> Workload:
    """Connects a second of clients that go at once."""

    def measure(server: Server, effort: Effort) -> Result:
        result = generator.load(
            "churn",
            server,
            clients=clients,
            seconds=effort.seconds,
            warmup=effort.warmup,
        )
        return {**result, "value": result["connects"]}

    return measure


def memory_per_client(clients: int, *flags: str, rest: float = 0) -> Workload:
    """Resident KiB per connected, idle client, so many seconds after the last has come."""

    def measure(server: Server, effort: Effort) -> Result:
        _settle(server)
        before = machine.resident_kib(server.pid)
        with generator.steps("hold", server, *flags, clients=effort.many(clients)) as held:
            result = held.next()
            time.sleep(rest)
            _settle(server)
            grown = machine.resident_kib(server.pid) - before
        return {**result, "value": grown / result["clients"]}

    return measure


def cpu_per_disconnect(clients: int, leave: int) -> Workload:
    """CPU milliseconds of the server, the kernel's share included, for each client that goes."""

    def measure(server: Server, effort: Effort) -> Result:
        sizes = {"clients": effort.many(clients), "leave": effort.many(leave)}
        with generator.steps("hold", server, **sizes) as held:
            result = held.next()
            _settle(server)
            before = machine.cpu_seconds(server.pid)
            held.go()
            left = held.next()["left"]
            _settle(server)
            spent = machine.cpu_seconds(server.pid) - before
        return {**result, "value": spent * 1000 / left}

    return measure


def vanishing(clients: int) -> Workload:
    """The slowest new connect, in ms, after all clients have gone at once."""

    def measure(server: Server, effort: Effort) -> Result:
        sizes = {"clients": effort.many(clients), "seconds": effort.seconds}
        with generator.steps("vanish", server, **sizes) as crowd:
            crowd.next()
            _settle(server)
            crowd.go()
            result = crowd.next()
        return {**result, "value": result["connect_max_us"] / 1000}

    return measure


def returning(clients: int, within: float) -> Workload:
    """Seconds until all clients, who left together, are back and have heard who else is."""

    def measure(server: Server, effort: Effort) -> Result:
        sizes = {"clients": effort.many(clients), "seconds": within}
        with generator.steps("return", server, **sizes) as crowd:
            crowd.next()
            _settle(server, longest=60)
            crowd.go()
            crowd.next()
            _settle(server, quiet=3, longest=60)  # longer than a page reload may take
            crowd.go()
            result = crowd.next()
        return {**result, "value": result["seconds"]}

    return measure


def stuck_reader(megabytes: int = 60) -> Workload:
    """MB by which the server has grown when all but one reader have had the broadcasts."""

    def measure(server: Server, effort: Effort) -> Result:
        sizes = {"clients": 10, "content": 10_000, "outstanding": 4}
        with generator.steps("stall", server, **sizes, megabytes=effort.many(megabytes)) as room:
            room.next()
            _settle(server)
            before = machine.resident_kib(server.pid)
            room.go()
            result = room.next()
            grown = machine.resident_kib(server.pid) - before
        return {**result, "value": grown * 1024 / 1e6}

    return measure


def _settle(server: Server, quiet: float = 0.5, longest: float = 10) -> None:
    """Waits until the server has used less than a tenth of its core for `quiet` seconds."""
    deadline = time.monotonic() + longest
    while time.monotonic() < deadline:
        before = machine.cpu_seconds(server.pid)
        time.sleep(quiet)
        if machine.cpu_seconds(server.pid) - before < quiet / 10:
            return
