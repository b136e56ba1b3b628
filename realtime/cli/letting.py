"""What `realtime check --url` finds of origins: whether pages of one may read what is answered."""

from aiohttp import ClientSession

from realtime.cli.findings import Finding

HEADER = "Access-Control-Allow-Origin"

DOUBLED = (
    "{header} comes back {times} times, and browsers refuse that: the server says it already, so"
    " let the proxy add none (nginx: no add_header {header})."
)
REWRITTEN = (
    "{header} comes back as {value}, so pages of {origin} cannot send cookies or are refused: the"
    " server says it already, so let the proxy add none."
)
REFUSED = (
    "Pages of {origin} are refused by their browsers: name this origin in CLIENT_URL"
    " (allowed_origins) of the server that answers there, and restart it."
)


async def readable(http: ClientSession, address: str, origin: str | None) -> Finding:
    """Whether a page of `origin` may read what is answered at an address."""
    if origin is None:
        return "Origins", "not asked: no origin is configured here (CLIENT_URL)", None
    async with http.get(address, headers={"Origin": origin}) as response:
        values = response.headers.getall(HEADER, [])
    return "Origins", f"asked as a page of {origin}", _wrong(origin, values)


def _wrong(origin: str, values: list[str]) -> str | None:
    several = [value for each in values for value in each.split(",")]
    if values == [origin]:
        return None
    if not values:
        return REFUSED.format(origin=origin)
    if len(several) > 1:
        return DOUBLED.format(header=HEADER, times=len(several))
    return REWRITTEN.format(header=HEADER, value=several[0].strip(), origin=origin)
