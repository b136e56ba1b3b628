"""How often a user may call, and how long changes are kept."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from realtime.settings import Count, Positive, Section


class JournalSettings(Section):
    """The record of changes, from which whoever was away or cut off learns what was missed."""

    kept_days: Annotated[int, Field(ge=1, le=3650)] = 30


class Rate(Section):
    """A token bucket: `rate` a second, of which `burst` can be saved up."""

    rate: Positive
    burst: Count


class LimitSettings(Section):
    """Per user; `server_api` per key."""

    events: Rate = Rate(rate=100, burst=500)
    typing: Rate = Rate(rate=20, burst=60)
    rest: Rate = Rate(rate=50, burst=300)
    server_api: Rate = Rate(rate=500, burst=2000)

    @field_validator("*", mode="before")
    @classmethod
    def _half_given(cls, given: object, info: ValidationInfo) -> object:
        """Whoever sets only the rate keeps the default burst, and the other way round."""
        if not isinstance(given, dict) or info.field_name is None:
            return given
        return {**cls.model_fields[info.field_name].default.model_dump(), **given}
