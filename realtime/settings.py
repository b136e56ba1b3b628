"""What the sections of the configuration are made of; each part declares its own section.

Durations are seconds and sizes bytes unless a section says otherwise.
"""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Lasting = Annotated[Positive, Field(le=31_536_000)]
"""Seconds, up to a year: no timer takes any number."""
Count = Annotated[int, Field(ge=1)]
Secret = Annotated[str, Field(min_length=1)]
Hidden = Field(repr=False)
"""Marks a setting that no message and no log may show."""


def is_http(url: str) -> bool:
    """Whether it is absolute, http or https, and names a server and a port that there can be."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class Contradiction(ValueError):  # noqa: N818 - a finding, which a validator must raise
    """Settings of one section that exclude one another; `settings` are their names in it."""

    def __init__(self, sentence: str, *settings: str) -> None:
        super().__init__(sentence)
        self.settings = settings


class Section(BaseModel):
    """A table of the TOML file: immutable, and strict about its keys.

    The part that reads it declares it, with every default; `realtime.config` puts them together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
