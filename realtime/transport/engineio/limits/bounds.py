"""Every bound of the transport, with its default. Beyond one, the session's transport is closed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one client may cost. Sizes are bytes, times seconds, rates per second."""

    backlog_bytes: int = 1 << 20
    """Output that waits for a client that does not read."""
    inbox_packets: int = 64
    """Events of one session that wait for their turn; at this many, reading pauses."""
    inbox_bytes: int = 1 << 20
    """The same in bytes, as received."""
    payload_bytes: int = 1_000_000
    """Body of one polling POST; told to the client as `maxPayload`."""
    packets_per_payload: int = 10_000
    """Engine.IO packets in one polling POST."""
    frame_bytes: int = 1_000_000
    """One WebSocket frame."""
    message_bytes: int = 1_000_000
    """One WebSocket message, its fragments together."""
    attachments: int = 10
    """Binary attachments of one Socket.IO packet."""
    attachment_bytes: int = 4_000_000
    """The attachments of one packet together."""
    json_depth: int = 64
    """Arrays and objects inside one another."""
    connect_seconds: float = 20.0
    """Time a session may be open without being connected to any namespace."""
    handshakes_per_second: float = 10_000.0
    """New sessions, all clients together; a burst of one second's worth is let through."""
    handshakes_per_address: float = 100.0
    """New sessions from one known client address."""
    connections: int = 100_000
    """Open sessions, all clients together."""
    connections_per_address: int = 2_000
    """Open sessions from one known client address."""
    trusted_proxies: tuple[str, ...] = ()
    """Networks (CIDR) whose `X-Forwarded-For` is believed. Without any, loopback and private
    addresses are taken for a proxy's and are not limited by address."""
