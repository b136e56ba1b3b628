"""When somebody who was too fast is told to come back."""

import json

import pytest

from realtime.domain.errors import RateLimited
from realtime.gateway.rest import slow_down


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.001, 1), (1.0, 1), (1.2, 2), (2.5, 3), (600, 600)]
)
def test_whoever_comes_back_when_told_is_not_too_early(seconds: float, told: int) -> None:
    response = slow_down(RateLimited(seconds))

    assert response.headers["Retry-After"] == str(told)
    assert json.loads(response.body)["retryAfter"] == told
