"""The metrics of all workers of a machine, whichever of them is asked.

They meet in the folder that their parent has given them, where each tells its own to whoever
connects to its Unix socket. Each sample gets the name of its worker: summed up, a worker that ends
would look like counters that go back.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import prometheus_client

SECONDS: Final = 2.0
"""How long another worker may take; then it is left out."""

_SUFFIX: Final = ".metrics"
_HELP: Final = "# HELP "


class Gathering:
    """This worker, `name`, among those that meet in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._place = folder / f"{name}{_SUFFIX}"
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Tell the others from now on. Raises OSError."""
        self._server = await asyncio.start_unix_server(self._tell, self._place)

    async def close(self) -> None:
        """Tell them no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._place.unlink(missing_ok=True)

    async def text(self) -> bytes:
        """What all workers count, in Prometheus' format."""
        others = [each for each in self._folder.glob(f"*{_SUFFIX}") if each != self._place]
        said = await asyncio.gather(*map(_asked, others))
        texts = {self._name: prometheus_client.generate_latest()}
        for place, text in zip(others, said, strict=True):
            if text:
                texts[place.name.removesuffix(_SUFFIX)] = text
        return merged({name: text.decode() for name, text in texts.items()}).encode()

    async def _tell(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(prometheus_client.generate_latest())
        try:
            async with asyncio.timeout(SECONDS):
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except OSError:  # TimeoutError too: who asks and does not read keeps nobody from stopping
            writer.transport.abort()


async def _asked(place: Path) -> bytes:
    """What another worker counts; nothing where it has ended, or is too busy."""
    with suppress(OSError):  # TimeoutError is one of them
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_unix_connection(place)
            try:
                return await reader.read(-1)
            finally:
                writer.close()
    return b""


def merged(texts: Mapping[str, str]) -> str:
    """Several expositions as one: each family once, its samples with the label `worker`."""
    heads: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for worker, text in texts.items():
        known, family = set(heads), ""
        for line in text.splitlines():
            if line.startswith(_HELP):
                family = line.removeprefix(_HELP).partition(" ")[0]
            if not line.startswith("#"):
                samples.setdefault(family, []).append(_labelled(line, worker))
            elif family not in known:
                heads.setdefault(family, []).append(line)
    return "".join(
        f"{line}\n" for family, head in heads.items() for line in (*head, *samples.get(family, ()))
    )


def _labelled(sample: str, worker: str) -> str:
    name, brace, rest = sample.partition("{")
    if brace and " " not in name:
        return f'{name}{{worker="{worker}",{rest}'
    name, _, value = sample.partition(" ")
    return f'{name}{{worker="{worker}"}} {value}'
