"""A push service that takes everything at once and counts: `python -m tests.stress.taking PEM`.

It says where it listens; `GET /count` answers how many browsers got something, how many of them
more than once, and how many requests were made at the same time. So that it is not what is
measured, it reads of most requests only for whom they are. Every hundredth it verifies as the real
ones do: headers, VAPID token, and that the browser can read what it is given; of those it counts
the faults.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections import Counter
from typing import cast

import uvloop
from cryptography.hazmat.primitives.asymmetric import ec

from tests.servers.push_rules import check_headers, check_vapid, decoded
from tests.servers.push_service import HOSTS, decrypted
from tests.vapid import PRIVATE, PUBLIC

VERIFIED = 100
"""One of so many requests is verified."""
BROWSER = ec.derive_private_key(int.from_bytes(decoded(PRIVATE)), ec.SECP256R1())
AUTH = bytes(16)
KINDS = {host: kind for kind, host in HOSTS.items()}


class Taken:
    """What came, by the browser that it is for."""

    def __init__(self) -> None:
        self.by_browser: Counter[str] = Counter()
        self.requests = 0
        self.faults: Counter[str] = Counter()

    def take(self, path: str, head: str, body: bytes) -> None:
        self.by_browser[path] += 1
        self.requests += 1
        if self.requests % VERIFIED == 1:
            try:
                verify(head, body)
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is counted
                self.faults[repr(fault)] += 1

    def count(self) -> bytes:
        doubled = sum(1 for times in self.by_browser.values() if times > 1)
        said = {"taken": len(self.by_browser), "doubled": doubled, "faults": self.faults}
        return json.dumps(said).encode()


def verify(head: str, body: bytes) -> None:
    """Raises what is wrong with a request."""
    lines = (line.partition(": ") for line in head.split("\r\n")[1:])
    headers = {name.title(): value for name, _, value in lines}
    kind = KINDS[headers["Host"].partition(":")[0]]
    check_headers(kind, {"TTL": headers.pop("Ttl"), **renamed(headers)})
    check_vapid(kind, headers["Authorization"], f"https://{headers['Host']}", PUBLIC)
    said = json.loads(decrypted(body, BROWSER, AUTH))
    assert (said["title"], said["app_badge"]) == ("We moved", 1), said


def renamed(headers: dict[str, str]) -> dict[str, str]:
    """As the rules spell them."""
    return {name.replace("X-Wns", "X-WNS"): value for name, value in headers.items()}


class Connection(asyncio.Protocol):
    """One request after the other."""

    def __init__(self, taken: Taken) -> None:
        self.taken = taken
        self.read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.read += data
        while (end := self.read.find(b"\r\n\r\n")) >= 0:
            head = self.read[:end].decode("latin-1")
            _, _, rest = head.lower().partition("\r\ncontent-length: ")
            length = int(rest.partition("\r\n")[0] or 0)
            if len(self.read) < end + 4 + length:
                return
            body, self.read = self.read[end + 4 :][:length], self.read[end + 4 + length :]
            self.answer(head, body)

    def answer(self, head: str, body: bytes) -> None:
        method, path, _ = head.split(" ", 2)
        if method == "POST":
            self.taken.take(path, head, body)
            self.transport.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
            return
        said = self.taken.count()
        start = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        self.transport.write(start + str(len(said)).encode() + b"\r\n\r\n" + said)


async def serve(certificate: str) -> None:
    taken = Taken()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(taken), "127.0.0.1", 0, ssl=context)
    print(f"listening at {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
