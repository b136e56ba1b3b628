"""`GET /api/server/way`: over which hops a call came, and whose address the node took from them.

`realtime check --url` asks. It needs the request itself and does nothing, so it is no row of the
table, and none of the documents' helpers.
"""

from aiohttp import web

from realtime.calling import PREFIX
from realtime.dialects.base import Json
from realtime.transport.engineio.limits.admission import Admission, plain
from realtime.transport.settings import TransportSettings

PATH = f"{PREFIX}/way"


class Way:
    """Tells by the rule that limits by address go by."""

    def __init__(self, settings: TransportSettings) -> None:
        self._admission = Admission(settings)

    def told(self, request: web.Request) -> Json:
        """The answer: hops with the farthest first, the node's own peer last."""
        forwarded_for = ",".join(request.headers.getall("X-Forwarded-For", ()))
        peer = plain(request.remote or "")
        hops = [*(plain(hop) for hop in forwarded_for.split(",") if hop.strip()), peer]
        return {
            "data": {
                "address": self._admission.client_address(peer, forwarded_for),
                "hops": [{"address": hop, "trusted": self._admission.trusts(hop)} for hop in hops],
            }
        }
