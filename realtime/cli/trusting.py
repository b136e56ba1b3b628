"""What `realtime check --url` says of a certificate that no browser would trust."""

import ssl

from aiohttp import ClientConnectorCertificateError, ClientConnectorSSLError

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
