"""The demo at `/`: three people, whose frontends talk to this node in any dialect.

Plain files in `page/`, the real socket.io-client, and tokens that this server signs. It hands these
tokens to whoever asks: for a machine of one's own, or a deployment that asked for it.
"""

from realtime.gateway.demo.people import Person, people
from realtime.gateway.demo.routes import Demo

__all__ = ["Demo", "Person", "people"]
