"""The mask on what clients send (RFC 6455, section 5.3), taken off by what is private in aiohttp.

Its compiled function takes 0.05 ms for a megabyte; the standard library's fastest way takes 3 ms.
"""

from aiohttp._websocket import helpers

from realtime.hooks import Hook, Library

AIOHTTP = Library("aiohttp", "3.14")

HOOK = Hook(
    AIOHTTP,
    lambda: helpers,
    "_websocket_mask_python",
    "(mask: bytes, data: bytearray) -> None",
    "takes the mask off what clients send, as its compiled twin does",
)

_change = getattr(helpers, "websocket_mask", None) or helpers._websocket_mask_python


def unmasked(mask: bytes | bytearray, payload: bytes | bytearray) -> bytes:
    """A payload without its mask of four bytes."""
    changed = bytearray(payload)
    _change(bytes(mask), changed)
    return bytes(changed)
