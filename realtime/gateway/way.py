"""`GET /api/server/way`: over which hops a request came, and whose address the node took from them.

`realtime check --url` asks, with a server key: addresses of the proxies within are nobody else's
business. It does nothing and is no helper, so it stands beside the server API's own table.
"""

from collections.abc import Mapping

from aiohttp import web

from realtime.gateway.rest import json_response
from realtime.gateway.server_api import Keys
from realtime.gateway.server_api.rows import PREFIX, MissingKey, table
from realtime.transport.engineio.limits.admission import Admission, plain
from realtime.transport.settings import TransportSettings

PATH = f"{PREFIX}/way"


class Way:
    """Answers by the rule that limits by address go by."""

    def __init__(self, keys: Mapping[str, str], settings: TransportSettings) -> None:
        self._keys = Keys(keys)
        self._admission = Admission(settings)

    def attach(self, app: web.Application) -> None:
        """Serve it; a path of its own goes before the server API's pattern."""
        app.router.add_get(PATH, self._told)

    async def _told(self, request: web.Request) -> web.Response:
        if self._keys.name_of(request.headers.get("Authorization")) is None:
            status, _, body = table.refusal(MissingKey())
            return json_response(body, status)
        forwarded_for = ",".join(request.headers.getall("X-Forwarded-For", ()))
        peer = plain(request.remote or "")
        hops = [*(plain(hop) for hop in forwarded_for.split(",") if hop.strip()), peer]
        return json_response(
            {
                "data": {
                    "address": self._admission.client_address(peer, forwarded_for),
                    "hops": [
                        {"address": hop, "trusted": self._admission.trusts(hop)} for hop in hops
                    ],
                }
            }
        )
