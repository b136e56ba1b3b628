"""What `realtime check --url` says of certificates: of those that end soon, or that no browser
would trust."""

import asyncio
import ssl
import time
from urllib.parse import urlsplit

from aiohttp import ClientConnectorCertificateError, ClientConnectorSSLError

from realtime.cli.findings import Finding, Mild

SOON = 14
"""Days before its end in which a certificate should have been renewed by itself."""

ENDS = (
    "The certificate ends in {days} days, and renewing usually comes long before: look at what"
    " renews it, and whether the proxy is reloaded afterwards."
)

_EXPIRED, _NOT_YET = 10, 9
_OTHER_NAME = {62, 64}
_UNSIGNED = {18, 19, 20, 21}
"""OpenSSL's X509_V_ERR_…: who has signed it is not known here."""

_MEND = {
    _EXPIRED: "renew it, and reload the proxy that shows it",
    _NOT_YET: "set the clocks here and there by NTP",
    **dict.fromkeys(
        _OTHER_NAME, "get one for this name, or let the frontends use the name that it is for"
    ),
    **dict.fromkeys(
        _UNSIGNED,
        "let the proxy show the whole chain (fullchain.pem), signed by an authority that browsers"
        " know",
    ),
}


def distrusted(url: str, error: ClientConnectorCertificateError | ClientConnectorSSLError) -> str:
    """Why TLS to a URL fails, and what to mend."""
    if not isinstance(error, ClientConnectorCertificateError):
        return (
            f"{url} speaks no TLS that is understood here ({error.os_error.strerror}): is it the"
            " proxy's port for https, and does the proxy have a certificate?"
        )
    found = error.certificate_error
    assert isinstance(found, ssl.SSLCertVerificationError)  # noqa: S101 -- as aiohttp has it
    mend = _MEND.get(found.verify_code, "let the proxy show one that browsers trust")
    return f"The certificate at {url} is not good ({found.verify_message.rstrip('.')}): {mend}."


async def ending(url: str) -> Finding:
    """How long the certificate at a URL is still good. Raises OSError."""
    parts = urlsplit(url)
    async with asyncio.timeout(10):
        _, writer = await asyncio.open_connection(
            parts.hostname, parts.port or 443, ssl=ssl.create_default_context()
        )
    shown = writer.get_extra_info("peercert")
    writer.transport.abort()
    days = int((ssl.cert_time_to_seconds(shown["notAfter"]) - time.time()) // 86_400)
    problem = Mild(ENDS.format(days=days)) if days < SOON else None
    return "Certificate", f"good for {days} days", problem
