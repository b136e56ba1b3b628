"""Pages of this server's own, as plain files: how they are served, and what all of them share."""

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

SHARED = Path(__file__).parent / "shared"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'{sources}; base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
)

_PLAIN = {
    "Cache-Control": "no-cache",  # of two versions no page is made
    "X-Content-Type-Options": "nosniff",
}


def headers(*sources: str, forms: str = "'none'") -> dict[str, str]:
    """A page's headers: it runs nothing but its own files, and nobody may frame it. ``sources``
    are what it may connect to besides its own host, ``forms`` where its forms may go."""
    connect = "".join(f" {each}" for each in sources)
    return {
        "Content-Security-Policy": _POLICY.format(sources=connect, forms=forms),
        "Referrer-Policy": "no-referrer",
        **_PLAIN,
    }


def files(prefix: str, folder: Path) -> list[web.AbstractRouteDef]:
    """What a page loads: the files of its folder, and beside them those that all pages share. The
    page itself is not among them: it has headers of its own, and one address."""
    own = [file for file in folder.rglob("*") if file.is_file() and file.name != "index.html"]
    found = {file.relative_to(folder).as_posix(): file for file in own}
    found |= {file.name: file for file in SHARED.iterdir()}
    return [web.get(f"{prefix}/{name}", _file(file)) for name, file in sorted(found.items())]


def _file(path: Path) -> Handler:
    """Answers with a file, which a browser asks for again each time."""

    async def serve(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(path, headers=_PLAIN)

    return serve
