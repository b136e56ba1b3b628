"""Every setting of the transport and of the node it serves, with its default."""

import os
import re
import secrets
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from realtime.settings import Count, Lasting, Positive, Seconds, Section


def network(given: object) -> IPv4Network | IPv6Network:
    """A network in CIDR notation; a lone address is a network of one."""
    try:
        return ip_network(str(given), strict=False)
    except ValueError:
        raise ValueError(
            f'has "{given}", which is no network: write it like "10.0.0.0/8" or "192.0.2.7"'
        ) from None


def _folder(given: Path | None) -> Path | None:
    """A folder that exists."""
    # Unlike Path's own, this says no of a path that is too long, or that we may not look at.
    if given is not None and not os.path.isdir(given):  # noqa: PTH112
        raise ValueError(f'is "{given}", which is no folder: check its path')
    return given


_NAME = re.compile(r"[a-z0-9]{1,32}")
_OF_A_WORKER = re.compile(r"([a-z0-9]{1,32}\.)?n[a-z2-7]{6}")
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+):(?P<port>[0-9]{1,5})", re.ASCII)
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def new_name() -> str:
    """A name for a node that nobody named: `n` and six characters, so that two seldom agree."""
    return "n" + "".join(secrets.choice(_BASE32) for _ in range(6))


def may_be_a_worker(name: str) -> bool:
    """Whether a worker could be called so: it has a made-up name, perhaps behind its node's."""
    return _OF_A_WORKER.fullmatch(name) is not None


def node_name(given: str) -> str:
    """A node's name. Raises ValueError for one that cannot stand before the hyphen of an id."""
    if not _NAME.fullmatch(given):
        raise ValueError(
            f'is "{given[:64]}", which is no name: use 1 to 32 of the characters a to z and 0 to 9'
        )
    return given


def node_address(given: str) -> str:
    """A host and a port. Raises ValueError for anything else."""
    found = _ADDRESS.fullmatch(given)
    if found is None or not 1 <= int(found["port"]) <= 65_535:
        raise ValueError(
            f'is "{given[:64]}", which is no address: write it like "10.0.0.7:3000", "n1:3000" or'
            ' "[::1]:3000"'
        )
    return given


class NodeSettings(Section):
    """Which of several nodes this is, and where the others find it."""

    name: Annotated[str, AfterValidator(node_name)] | None = None
    """What its session ids begin with; none: made up at each start."""
    address: Annotated[str, AfterValidator(node_address)] | None = None
    """`host:port` where other nodes reach this one; none: its address on the way to Redis."""
    forwards: bool = True
    """Whether requests for sessions of other nodes are passed on to them."""

    def name_or_new(self) -> str:
        """The name, or one made up now."""
        return self.name or new_name()


class RedisSettings(Section):
    """How nodes meet in the Redis of `redis_url`."""

    prefix: Annotated[str, Field(min_length=1, max_length=64)] = "realtime:"
    """Begins every key there, so that several deployments can share one Redis."""
    kept_seconds: Lasting = 130
    """How far back what nodes said to one another is kept."""
    kept_bytes: Count = 64_000_000
    """How much of it at most."""
    required: bool = False
    """Whether `/readyz` is 503 while Redis is away; else this node serves its own clients."""


class RecoverySettings(Section):
    """What is kept for clients that lose their connection and come back."""

    window: Lasting = 120
    """How far back what was said is kept in memory, in seconds."""
    kept_bytes: Count = 64_000_000
    """How much of it at most."""
    events: Count = 10_000
    """Missed events that one client is told at most; who missed more begins anew."""
    bytes: Count = 4_000_000
    """What these may weigh."""
    remembered: Annotated[Positive, Field(le=2_592_000)] = 86_400
    """For how many seconds a session is known, and gets its rooms again."""
    sessions: Count = 50_000
    """How many sessions without a connection a node remembers."""


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(network)]


class TransportSettings(Section):
    """How much one client may cost, and how long things may take.

    Beyond a bound the client's session is closed, or, where it is about new ones, refused. Sizes
    are bytes, times seconds, rates per second; names with `address` count per client address.
    """

    ping_interval: Lasting = 25
    ping_timeout: Lasting = 20
    max_payload: Count = 1_000_000
    """Body of one polling POST, one WebSocket frame, one message; told to the client."""
    packets_per_payload: Count = 10_000
    """Engine.IO packets in one polling POST."""
    attachments: Count = 10
    """Binary attachments of one Socket.IO packet."""
    attachment_bytes: Count = 4_000_000
    """The attachments of one packet together."""
    json_depth: Count = 64
    """Arrays and objects inside one another."""
    max_payload_before_connect: Count = 16_384
    """The same until a namespace has let the client in: what a CONNECT with its token needs. It is
    also all that may wait to be handled until then."""
    packets_per_second: Positive = 1_000
    """What one session may say, all kinds of packets together; a kilobyte counts as one more, a
    CONNECT as twenty. Beyond it nothing more is read from it for a while."""
    packets_burst: Count = 5_000
    """How much of that may be saved up."""
    connects: Count = 100
    """CONNECTs of one session, those that were refused included."""
    connects_at_once: Count = 8
    """CONNECTs of one session whose handlers still run."""
    outbound_backlog: Count = 1_048_576
    """Output that waits for a client that does not read."""
    inbox_packets: Count = 64
    """Events of one session that wait for their turn; at this many, reading pauses."""
    inbox_bytes: Count = 1_048_576
    """What these events may weigh, as received."""
    connections: Count = 100_000
    """Open sessions, all clients together."""
    connections_per_address: Count = 1_000
    handshakes_per_second: Positive = 2_000
    """New sessions, all clients together; a burst of one second's worth is let through."""
    handshakes_per_second_per_address: Positive = 50
    trusted_proxies: tuple[Network, ...] = ()
    """Networks whose `X-Forwarded-For` is believed. Without any, loopback and private addresses are
    taken for a proxy's and are not limited by address."""
    connect_timeout: Lasting = 45
    """How long a session may be open without being connected to any namespace."""
    idle_timeout: Lasting = 75
    """How long a connection may take for the head of its next request; proxies keep theirs for
    60 s."""
    body_timeout: Lasting = 30
    """How long the body of a request may take."""
    drain_window: Annotated[Seconds, Field(le=5)] = 5
    """Over how long a node that leaves others behind spreads the ends of its sessions. A stop takes
    8 s in all, since `docker stop` kills after 10."""
    client_files: Path | None = None
    """The folder with the browser's client; none: an installed one, else a CDN."""

    _check_client_files = field_validator("client_files")(_folder)
