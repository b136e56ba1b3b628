"""Which backends are told what, and which one is asked before a message is stored."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from realtime.domain.happened import Happened
from realtime.settings import Contradiction, Hidden, Secret, Section, is_http

PREFIX = "whsec_"
"""Begins a secret, as Standard Webhooks write it."""

EVERYTHING = "*"
"""In place of the names of events: all that there are, those of later versions included."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

_PLAIN = re.compile(r"[!-~]+")
"""A URL as it is sent: whatever else is in it has to be percent-encoded."""


def _secret(given: str) -> str:
    """`whsec_` and 24 to 64 bytes in base64."""
    try:
        key = base64.b64decode(given.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if given.startswith(PREFIX) and 24 <= len(key) <= 64:
        return given
    raise ValueError(
        f"needs secrets of {PREFIX} and 24 to 64 bytes in base64, as"
        f' `echo "{PREFIX}$(openssl rand -base64 32)"` makes one'
    )


def _url(given: str) -> str:
    """An absolute URL, without a user, a password or a fragment."""
    if is_http(given) and _PLAIN.fullmatch(given):
        parts = urlsplit(given)
        if parts.username is None and not parts.fragment:
            return given
    raise ValueError("needs a URL like https://shop.example/webhooks")


Url = Annotated[str, AfterValidator(_url)]
Secrets = Annotated[tuple[Annotated[Secret, AfterValidator(_secret)], ...], Hidden]


class Endpoint(Section):
    """A backend that is told: its `url`, the `secrets` of which each signs (the new one first,
    while the old one is still in use), and the `events` that it wants to hear of."""

    url: Url
    secrets: Annotated[Secrets, Field(min_length=1)]
    events: tuple[str, ...] = (EVERYTHING,)

    @field_validator("events")
    @classmethod
    def _known(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        names = {EVERYTHING, *Happened}
        unknown = next((name for name in given if name not in names), None)
        if unknown is not None:
            all_of_them = ", ".join(Happened)
            raise ValueError(f'wants "{unknown}", which never happens: choose of {all_of_them}')
        return given

    def wants(self, kind: Happened) -> bool:
        """Whether it hears of this kind."""
        return EVERYTHING in self.events or kind in self.events


class BeforeMessage(Section):
    """A backend that is asked before a message is stored or changed; off without a `url`.

    It has `timeout` seconds, and `on_timeout` says what holds where it gives no good answer by
    then.
    """

    url: Url | None = None
    secrets: Secrets = ()
    timeout: Annotated[float, Field(ge=0.05, le=10, allow_inf_nan=False)] = 0.5
    on_timeout: Literal["allow", "refuse"] = "allow"

    @model_validator(mode="after")
    def _signs(self) -> "BeforeMessage":
        if self.url and not self.secrets:
            raise Contradiction("has a url and no secrets: your backend must know us", "secrets")
        return self


class Webhooks(Section):
    """Backends that are told what happens, by a name of your choice.

    `allow_private` lets their URLs lead into your own network, and be without TLS; else only
    addresses of the public internet are connected to.
    """

    allow_private: bool = False
    endpoints: dict[str, Endpoint] = Field(default_factory=dict, repr=False)
    before_message: BeforeMessage = BeforeMessage()

    @field_validator("endpoints")
    @classmethod
    def _named(cls, given: dict[str, Endpoint], info: ValidationInfo) -> dict[str, Endpoint]:
        for name in given:
            if _NAME.fullmatch(name) is None:
                raise ValueError(f'has the name "{name}": take a to z, 0 to 9, - and _')
        return given

    @model_validator(mode="after")
    def _private(self) -> "Webhooks":
        if self.allow_private:
            return self
        urls = [each.url for each in self.endpoints.values()]
        for url in [*urls, self.before_message.url or "https://"]:
            if not url.startswith("https://"):
                sentence = "has a URL without TLS: begin it with https://, or set allow_private"
                raise Contradiction(sentence, "allow_private")
        return self

    @property
    def wanted(self) -> Mapping[Happened, tuple[str, ...]]:
        """The names of those who want to hear of each kind; no kind of which nobody does."""
        by_kind = {kind: tuple(self._wanting(kind)) for kind in Happened}
        return {kind: names for kind, names in by_kind.items() if names}

    def _wanting(self, kind: Happened) -> Iterable[str]:
        return (name for name, each in self.endpoints.items() if each.wants(kind))
