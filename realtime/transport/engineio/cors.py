"""Cross-origin headers of the socket path, as bytes where an answer is written by hand."""

from realtime.origins import Origins

AllowedOrigins = Origins | tuple[str, ...]

METHODS = "GET, POST, OPTIONS"
MAX_AGE = 7200
"""For how many seconds a browser may remember a preflight."""

_REMEMBERED = 1_000


class Cors:
    """Which origins may read the answers: those of `allowed`, which may be `("*",)` for any."""

    def __init__(self, allowed: AllowedOrigins = ()) -> None:
        self._origins = allowed if isinstance(allowed, Origins) else Origins(allowed)
        self._lines: dict[str, bytes] = {}

    def headers(self, origin: str) -> dict[str, str]:
        """The headers of an answer to a request from `origin` (empty where it said none)."""
        return self._origins.headers_for(origin or None)

    def preflight(self, origin: str, asked: str) -> dict[str, str]:
        """The headers of an answer to OPTIONS; `asked` is `Access-Control-Request-Headers`."""
        more = self._origins.preflight_for(origin or None, asked, METHODS, MAX_AGE)
        return self.headers(origin) | more

    def lines(self, origin: str) -> bytes:
        """The headers as bytes, remembered per origin: a poll asks for them every time."""
        lines = self._lines.get(origin)
        if lines is None:
            headers = self.headers(origin)
            lines = b"".join(b"%b: %b\r\n" % (k.encode(), v.encode()) for k, v in headers.items())
            if len(self._lines) < _REMEMBERED:
                self._lines[origin] = lines
        return lines
