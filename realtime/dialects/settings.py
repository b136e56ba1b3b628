"""Which frontend speaks what."""

from pydantic import Field, field_validator

from realtime import origins
from realtime.settings import Section


class Dialects(Section):
    """`origins` maps each origin to its dialect; `modules` are dialects from outside the package.

    A module is named as Python imports it (`shop.dialect`) and has its dialect in `dialect`.
    """

    origins: dict[str, str] = Field(default_factory=dict)
    modules: tuple[str, ...] = ()

    @field_validator("origins")
    @classmethod
    def _normal(cls, given: dict[str, str]) -> dict[str, str]:
        if origins.ANY in given:
            raise ValueError('cannot map "*": name each origin, and set dialect for all others')
        return {origins.entry(origin): dialect for origin, dialect in given.items()}
