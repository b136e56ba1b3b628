"""The rows of BENCHMARKS.md: a workload each, who runs it, and what it has to reach."""

from dataclasses import dataclass

import deploys
import journeys
import servers
import workloads as w

EVERYONE = ("node", "bun", "stock", "realtime")
WITH_LIMIT = (*EVERYONE, "limit")
STORED = ("node_pg", "product")
TWO_NODES = ("node_redis", "stock_redis", "realtime_redis")
DEPLOYED = ("node_pg", "deployed")
PAGES = ("node_pg", "deployed_pages")
TRAIN = ("node", "node_recovery", "product")
OURS = (
    "product_redis",
    "product",
    "product_idle",
    "product_plain",
    "deployed",
    "deployed_pages",
    "realtime",
    "realtime_redis",
)


@dataclass(frozen=True)
class Row:
    """One workload. `must` and `goal` are ratios to Node, or plain figures where `absolute`."""

    name: str
    what: str
    unit: str
    workload: w.Workload
    must: float
    goal: float
    servers: tuple[str, ...] = EVERYONE
    less_is_better: bool = False
    absolute: bool = False

    @property
    def peer(self) -> str:
        """The server that the ratios refer to."""
        return self.servers[0]

    @property
    def ours(self) -> str:
        """The server that has to reach the target."""
        return next(name for name in OURS if name in self.servers)


ROWS = (
    *(
        Row(
            f"W1/{members}",
            f"broadcast of 200 B to a room of {members}, one at a time",
            "deliveries/s",
            w.broadcast(members),
            must=must,
            goal=goal,
            servers=WITH_LIMIT,
        )
        for members, must, goal in ((100, 1.0, 1.25), (1000, 1.3, 1.65), (5000, 1.4, 1.8))
    ),
    Row(
        "W1b",
        "the same to a room of 1000, 32 broadcasts under way",
        "deliveries/s",
        w.broadcast(1000, outstanding=32),
        must=5,
        goal=13,
        servers=WITH_LIMIT,
    ),
    Row(
        "W2",
        "1:1 message with ack, 200 in flight, nothing stored",
        "messages/s",
        w.pairs(),
        must=1.6,
        goal=2.3,
    ),
    Row(
        "W3/held",
        "connect with a JWT and stay",
        "connects/s",
        w.connects(3000),
        must=2.5,
        goal=6,
        servers=WITH_LIMIT,
    ),
    Row(
        "W3/churn",
        "connect with a JWT and disconnect",
        "connects/s",
        w.churn(),
        must=2,
        goal=4,
        servers=WITH_LIMIT,
    ),
    Row(
        "W4",
        "resident memory per idle WebSocket, 10 000 of them, deflate offered as browsers do",
        "KiB",
        w.memory_per_client(10_000, "deflate"),
        must=10,
        goal=5,
        less_is_better=True,
        absolute=True,
    ),
    Row(
        "W5",
        "long-polling: an event by POST, its ack and a message back by GET",
        "messages/s",
        w.polling(),
        must=1.0,
        goal=3.5,
    ),
    Row(
        "W6",
        "two nodes over Redis on one core, 1:1 message with ack across them, 200 in flight",
        "messages/s",
        w.pairs(),
        must=2,
        goal=4.4,
        servers=TWO_NODES,
    ),
    Row(
        "W6/p99",
        "slowest percent of deliveries from node to node at 1000 messages/s",
        "ms",
        w.slow_percent("pairs", 200, 1000),
        must=1.0,
        goal=0.5,
        servers=TWO_NODES,
        less_is_better=True,
    ),
    Row(
        "W7",
        "1:1 message stored in PostgreSQL and committed before it is delivered and acked",
        "messages/s",
        w.pairs(200, "conversations"),
        must=1.0,
        goal=3,
        servers=STORED,
    ),
    Row(
        "W7/redis",
        "the same on a node that may have others (a Redis is set), against one that has none",
        "messages/s",
        w.pairs(200, "conversations"),
        must=0.9,
        goal=1,
        servers=("product", "product_redis"),
    ),
    Row(
        "memory",
        "resident memory per idle socket of the whole product, joined to two rooms, recovery on",
        "KiB",
        w.memory_per_client(5000, "conversations", rest=servers.SHORT_WINDOW + 2),
        must=10,
        goal=9,
        servers=("product_idle",),
        less_is_better=True,
        absolute=True,
    ),
    Row(
        "memory/plain",
        "the same with recovery off",
        "KiB",
        w.memory_per_client(5000, "conversations"),
        must=10,
        goal=8,
        servers=("product_plain",),
        less_is_better=True,
        absolute=True,
    ),
    Row(
        "return",
        "10 000 users reconnect within 10 s, presence to everyone: until all is said",
        "s",
        w.returning(10_000, within=10),
        must=30,
        goal=15,
        servers=("product",),
        less_is_better=True,
        absolute=True,
    ),
    *(
        Row(
            f"p99/pairs-{rate}",
            f"slowest percent of 1:1 deliveries at {rate} messages/s",
            "ms",
            w.slow_percent("pairs", 200, rate=rate),
            must=1.0,
            goal=0.5,
            less_is_better=True,
        )
        for rate in (5_000, 14_000)
    ),
    Row(
        "p99/room",
        "slowest percent of deliveries to a room of 1000, 60 broadcasts/s",
        "ms",
        w.slow_percent("broadcast", 1000, rate=60),
        must=1.0,
        goal=0.5,
        less_is_better=True,
    ),
    Row(
        "vanish",
        "8000 clients vanish at once: the slowest new connect meanwhile",
        "ms",
        w.vanishing(8000),
        must=1.0,
        goal=0.5,
        less_is_better=True,
    ),
    *(
        Row(
            name,
            f"{what}, 1000 real clients talk: how long half of them are away",
            "s",
            workload(1000),
            must=1.0,
            goal=0.9,
            servers=DEPLOYED,
            less_is_better=True,
        )
        for name, what, workload in (
            ("deploy", "SIGTERM, then the next process", deploys.deploy),
            ("deploy/hot", "the next process takes over (Node: SIGTERM)", deploys.hot_restart),
            ("avalanche", "kill -9, then the next process", deploys.crash),
        )
    ),
    Row(
        "avalanche/pages",
        "the same for pages that are told all that they missed before they are connected (Node: "
        "nothing): how long half of them are away",
        "s",
        deploys.crash(1000),
        must=2.0,
        goal=1.5,
        servers=PAGES,
        less_is_better=True,
    ),
    *(
        Row(
            name,
            f"1000 pages in a room, each torn every 15 to 20 s{what}: heard of what was said",
            "%",
            workload,
            must=100,
            goal=100,
            servers=TRAIN,
            absolute=True,
        )
        for name, what, workload in (
            ("train", "", journeys.journey(1000, "closed")),
            ("train/silent", ", nobody is told", journeys.journey(1000, "silent")),
            (
                "train/killed",
                ", kill -9 and the next process meanwhile",
                journeys.journey(1000, "closed", killed=True),
            ),
        )
    ),
    Row(
        "stuck",
        "memory growth while 60 MB are broadcast past one stuck reader (its bound is 1 MiB)",
        "MB",
        w.stuck_reader(60),
        must=10,
        goal=5,
        less_is_better=True,
        absolute=True,
    ),
    Row(
        "disconnect",
        "CPU per disconnect with 10 000 users connected, the kernel's share included",
        "ms",
        w.cpu_per_disconnect(10_000, leave=2000),
        must=0.1,
        goal=0.01,
        servers=WITH_LIMIT,
        less_is_better=True,
        absolute=True,
    ),
)
