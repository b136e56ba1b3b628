"""What a page needs for web push, ready to use: `/push/sw.js` and `/push/push.js`."""

import hashlib
from importlib.resources import files

from aiohttp import hdrs, web

NAMES = ("sw.js", "push.js")


class BrowserFiles:
    """The two files, read when the node starts."""

    def __init__(self) -> None:
        here = files(__name__)
        self._files = {name: (here / name).read_bytes() for name in NAMES}

    def attach(self, app: web.Application) -> None:
        """Serve both."""
        app.router.add_get("/push/{name:sw\\.js|push\\.js}", self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        body = self._files[request.match_info["name"]]
        headers = {
            hdrs.ETAG: f'"{hashlib.sha256(body).hexdigest()[:20]}"',
            hdrs.CACHE_CONTROL: "no-cache",  # an old worker would live on
            "Service-Worker-Allowed": "/",
        }
        if request.headers.get(hdrs.IF_NONE_MATCH) == headers[hdrs.ETAG]:
            return web.Response(status=304, headers=headers)
        return web.Response(
            body=body, headers=headers, content_type="text/javascript", charset="utf-8"
        )
