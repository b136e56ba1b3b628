"""One rule for user ids, wherever they come from: tokens, events, bodies, paths."""

import pytest

from realtime.dialects.fields import user_id_of
from realtime.domain.errors import InvalidToken
from realtime.gateway.identity import claims


@pytest.mark.parametrize(
    "given", [2**53, -(2**53), str(2**53), 2**63, "7.0", "bob", "", True, None]
)
def test_what_no_json_integer_can_say_names_nobody_where_ids_are_integers(given):
    with pytest.raises(ValueError, match="user id"):
        user_id_of(given, integer_ids=True)
    with pytest.raises(InvalidToken):
        claims.user_id_of({"sub": given}, integer_ids=True)


@pytest.mark.parametrize(
    ("given", "canonical"),
    [("007", "7"), (7, "7"), (2**53 - 1, str(2**53 - 1)), (1 - 2**53, str(1 - 2**53))],
)
def test_every_spelling_of_an_integer_is_one_user(given, canonical):
    assert user_id_of(given, integer_ids=True) == canonical
    assert claims.user_id_of({"sub": given}, integer_ids=True) == canonical
