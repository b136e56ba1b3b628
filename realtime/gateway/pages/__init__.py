"""Pages of this server's own, as plain files: how they are served, and what all of them share."""

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

SHARED = Path(__file__).parent / "shared"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'{sources}; base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
)


def headers(*sources: str, forms: str = "'none'") -> dict[str, str]:
    """A page's headers: it runs nothing but its own files, and nobody may frame it. ``sources``
    are what it may connect to besides its own host, ``forms`` where its forms may go."""
    connect = "".join(f" {each}" for each in sources)
    return {
        "Content-Security-Policy": _POLICY.format(sources=connect, forms=forms),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }


def files(prefix: str, folder: Path) -> list[web.AbstractRouteDef]:
    """What a page loads: the files of its folder, and beside them those that all pages share."""
    shared = [web.get(f"{prefix}/{file.name}", _file(file)) for file in sorted(SHARED.iterdir())]
    return [*shared, web.static(prefix, folder)]


def _file(path: Path) -> Handler:
    async def serve(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(path)

    return serve
