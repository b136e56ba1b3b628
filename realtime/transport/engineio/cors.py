"""Cross-origin headers of the socket path (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from collections.abc import Callable, Iterable

AllowedOrigins = Callable[[str], bool] | Iterable[str] | str | None

_REMEMBERED = 1_000


class Cors:
    """Which origins may read the answers.

    `allowed` is a predicate, the origins themselves, `"*"` for any (then without credentials) or
    None for none. An origin that is not allowed gets no headers and is served all the same: the
    browser keeps the answer from its page, and a client that is no browser has no use for CORS.
    """

    def __init__(self, allowed: AllowedOrigins) -> None:
        self._any = allowed == "*"
        if allowed is None:
            self._allows: Callable[[str], bool] = frozenset[str]().__contains__
        elif callable(allowed):
            self._allows = allowed
        else:
            one = (allowed,) if isinstance(allowed, str) else allowed
            self._allows = frozenset(one).__contains__
        self._lines: dict[str, bytes] = {}

    def headers(self, origin: str) -> dict[str, str]:
        """The headers of an answer to a request from `origin` (empty where it said none)."""
        if self._any:
            return {"Access-Control-Allow-Origin": "*"}
        headers = {"Vary": "Origin"}
        if origin and origin.isascii() and self._allows(origin):
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Credentials"] = "true"
        return headers

    def preflight(self, origin: str, asked: str) -> dict[str, str]:
        """The headers of an answer to OPTIONS; `asked` is `Access-Control-Request-Headers`."""
        headers = self.headers(origin)
        if "Access-Control-Allow-Origin" in headers:
            headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
            headers["Access-Control-Max-Age"] = "7200"
            if asked and asked.isascii():
                headers["Access-Control-Allow-Headers"] = asked
        return headers

    def lines(self, origin: str) -> bytes:
        """The same headers as bytes, remembered per origin: a poll asks for them every time."""
        lines = self._lines.get(origin)
        if lines is None:
            headers = self.headers(origin)
            lines = b"".join(b"%b: %b\r\n" % (k.encode(), v.encode()) for k, v in headers.items())
            if len(self._lines) < _REMEMBERED:
                self._lines[origin] = lines
        return lines
