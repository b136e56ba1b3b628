"""The address that a node listens on: a socket that is bound before anything else is tried."""

import errno
import os
import socket
from typing import Any

from realtime.cli.errors import CannotStartError
from realtime.config import Config
from realtime.gateway.accepting import BACKLOG
from realtime.reasons import plainly

_EVERY_ADDRESS = frozenset({"", "::"})


_FIRST = 3
"""The descriptor of the first socket that systemd hands over (sd_listen_fds(3))."""


def opened(config: Config) -> socket.socket:
    """The socket to serve at: systemd's, else one on the configured address.

    Where no other node would take them, clients may come from now on: they wait in the socket's
    queue for the second that a start takes, instead of being refused and trying again later.
    Raises CannotStartError.
    """
    listening = activated() or bound(config)
    if config.alone:
        listening.listen(BACKLOG)
    return listening


def activated() -> socket.socket | None:
    """The socket that systemd listens on for this process; it keeps it open from one to the next.

    Raises CannotStartError for another kind of socket, or several.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    if os.environ.get("LISTEN_FDS") != "1":
        raise CannotStartError("systemd hands over several sockets: name one ListenStream.")
    listening = socket.socket(fileno=_FIRST)
    if listening.family not in (socket.AF_INET, socket.AF_INET6):
        raise CannotStartError("systemd hands over no port: write it like ListenStream=3000.")
    os.set_inheritable(_FIRST, False)
    return listening


def bound(config: Config) -> socket.socket:
    """A socket on the configured address, not listening yet: a taken port is told first.

    Raises CannotStartError for one that is taken, not allowed or not ours.
    """
    try:
        if config.host in _EVERY_ADDRESS:
            return _bound_everywhere(config.port)
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM
        )[0]
        return _bind(socket.socket(family, kind, protocol), address)
    except OSError as error:
        raise CannotStartError(_why_not_bound(config, error)) from error
    except UnicodeError as error:
        raise CannotStartError(_nowhere(config, plainly(error))) from error


def is_free(config: Config, port: int) -> bool:
    """Whether another port can be had on the configured address, or shared with a node that has
    it."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            tried.bind(address)
    except (OSError, UnicodeError):
        return False
    return True


def not_for_metrics(port: int, setting: str) -> str:
    """What to do where a port is another's."""
    return f"Port {port}, for the metrics, is taken or not allowed: choose another with {setting}."


def _bound_everywhere(port: int) -> socket.socket:
    """As Node listens: a client that takes `localhost` for ::1 finds us, one on IPv4 too."""
    if not socket.has_dualstack_ipv6():
        return _bind(socket.socket(socket.AF_INET), ("", port))
    both = socket.socket(socket.AF_INET6)
    both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    return _bind(both, ("::", port))


def _bind(bound: socket.socket, address: Any) -> socket.socket:
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def _why_not_bound(config: Config, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        other = config.port + 1
        return f"Port {config.port} is taken: stop what uses it, or run `PORT={other} make run`."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {config.port} is not allowed to this user: choose one above 1023."
    return _nowhere(config, error.strerror or plainly(error))


def _nowhere(config: Config, why: str) -> str:
    return f"Cannot listen on {config.host} ({why}): check HOST, :: is every address."
