"""The domain's world, for what is told of it."""

from tests.domain.conftest import world

__all__ = ["world"]
