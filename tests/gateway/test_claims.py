"""What a token says of its bearer: user ids and profiles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.domain.errors import InvalidToken
from realtime.domain.texts import is_blank, is_plain
from realtime.gateway.identity.claims import USUAL, numeric_date, read_claims, user_id_of, values_at

storable = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def refused(payload: dict[str, Any], *, integer_ids: bool = False) -> bool:
    try:
        user_id_of(payload, integer_ids=integer_ids)
    except InvalidToken:
        return True
    return False


@pytest.mark.parametrize("claim", USUAL.user_id)
def test_each_of_the_four_claims_can_name_the_user(claim):
    assert user_id_of({claim: "ada"}) == "ada"


def test_the_first_claim_present_of_userId_id__id_sub_counts():
    assert user_id_of({"sub": "d", "_id": "c", "id": "b", "userId": "a"}) == "a"
    assert user_id_of({"sub": "d", "_id": "c", "id": "b"}) == "b"
    assert user_id_of({"sub": "d", "_id": "c"}) == "c"


@pytest.mark.parametrize("bad", [None, "", True, 1.5, [], {}, "x" * 65, 10**64, "a\0", "\ud83d"])
def test_a_bad_first_claim_is_not_made_up_for_by_a_later_one(bad):
    assert refused({"userId": bad, "sub": "ada"})


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"app_metadata": {"user_id": "ada"}}, "app_metadata.user_id"),
        ({"https://app.example/user_id": "ada"}, "https://app.example/user_id"),
        ({"https://app.example/claims": {"user.id": "ada"}}, "https://app.example/claims.user.id"),
        ({"a.b": {"c": "ada"}, "a": {"b": {"c": "eve"}}}, "a.b.c"),
        ({"a": {"b.c": "ada", "b": {"c": "eve"}}}, "a.b.c"),
        ({"a.b": "text", "a": {"b": {"c": "ada"}}}, "a.b.c"),
    ],
)
def test_a_claim_is_found_by_a_path_the_longest_name_first(payload, path):
    assert user_id_of(payload, (path,)) == "ada"


@pytest.mark.parametrize(
    "payload", [{}, {"a": None}, {"a": "b"}, {"a": ["b"]}, {"a": {"c": "ada"}}]
)
def test_a_path_that_leads_nowhere_is_absent(payload):
    assert user_id_of({**payload, "sub": "ada"}, ("a.b", "sub")) == "ada"


def test_a_bad_id_at_the_end_of_a_path_is_not_made_up_for():
    with pytest.raises(InvalidToken):
        user_id_of({"a": {"b": ""}, "sub": "ada"}, ("a.b", "sub"))


@given(json_values, st.text("ab.", max_size=12))
def test_no_path_and_no_payload_does_harm(value, path):
    assert isinstance(list(values_at({"a": value, "a.b": value}, path)), list)


def test_a_token_that_names_nobody_is_invalid():
    assert refused({"email": "ada@app.example"})


@given(storable.filter(lambda text: 1 <= len(text) <= 64))
def test_any_storable_string_of_1_to_64_characters_is_an_id_as_it_stands(text):
    assert user_id_of({"sub": text}) == text


@given(st.integers(min_value=-(10**62), max_value=10**63))
def test_an_integer_is_an_id_in_its_decimal_form(number):
    assert user_id_of({"sub": number}) == str(number)


@given(json_values, st.booleans())
def test_whatever_the_claim_holds_it_is_an_id_to_store_or_the_token_is_invalid(value, integer_ids):
    try:
        found = user_id_of({"sub": value}, integer_ids=integer_ids)
    except InvalidToken:
        return
    assert isinstance(value, str | int)
    assert not isinstance(value, bool)
    assert 1 <= len(found) <= 64
    assert "\0" not in found
    assert found.encode()


@given(st.integers(min_value=1 - 2**53, max_value=2**53 - 1), st.integers(0, 9))
def test_with_integer_ids_a_decimal_string_and_the_number_are_one_user(number, zeros):
    sign, digits = ("-" if number < 0 else ""), str(abs(number))
    assert user_id_of({"sub": number}, integer_ids=True) == str(number)
    assert user_id_of({"sub": sign + "0" * zeros + digits}, integer_ids=True) == str(number)


@pytest.mark.parametrize(
    "bad",
    [
        "ada",
        "",
        "1.0",
        "1e3",
        "+1",
        " 1",
        "1\n",
        "1_000",
        "0x10",
        "--1",
        "-",
        "٣",
        2**53,
        2**63,
        1.0,
    ],
)
def test_with_integer_ids_an_id_that_is_no_integer_of_javascript_is_invalid(bad):
    assert refused({"userId": bad}, integer_ids=True)


def test_minus_zero_is_zero():
    assert user_id_of({"id": "-0"}, integer_ids=True) == "0"


def test_the_profile_comes_from_name_email_and_avatar():
    claims = read_claims(
        {"id": 7, "name": " Ada ", "email": "ada@app.example", "avatar": "/ada.png"}
    )
    assert (claims.user_id, claims.name, claims.email) == ("7", "Ada", "ada@app.example")
    assert claims.avatar == "/ada.png"


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        ({"firstName": "Ada", "lastName": "Lovelace"}, "Ada Lovelace"),
        ({"firstName": "Ada"}, "Ada"),
        ({"lastName": "Lovelace"}, "Lovelace"),
        ({"name": "Ada", "firstName": "Augusta"}, "Ada"),
        ({"name": None, "firstName": "Ada"}, "Ada"),
        ({"name": "", "firstName": "Ada"}, "Ada"),
        ({"firstName": "a" * 200, "lastName": "b" * 200}, None),
    ],
)
def test_a_name_may_come_in_two_parts(payload, name):
    assert read_claims({"id": "a", **payload}).name == name


@pytest.mark.parametrize("claim", ["avatar", "avatarUrl", "picture"])
def test_an_avatar_has_three_names(claim):
    assert read_claims({"id": "a", claim: "https://cdn.example/a.png"}).avatar is not None


@pytest.mark.parametrize(
    "bad",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AA==",
        "//evil.example/a.png",
        "/\\evil.example/a.png",
        "https://",
        "https:///a.png",
        "a.png",
        "/a b.png",
        "/" + "a" * 2048,
        7,
        {"url": "/a.png"},
        "/a\0.png",
    ],
)
def test_an_avatar_that_is_no_http_url_or_path_is_ignored_and_the_next_one_counts(bad):
    assert read_claims({"id": "a", "avatar": bad}).avatar is None
    assert read_claims({"id": "a", "avatar": bad, "picture": "/a.png"}).avatar == "/a.png"


@pytest.mark.parametrize("bad", [None, "", "  ", 7, ["Ada"], "a" * 321, "\u200b\x00", "\u2800"])
def test_a_profile_that_cannot_be_kept_is_ignored_and_never_refuses_the_token(bad):
    claims = read_claims({"id": "a", "name": bad, "email": bad, "avatar": bad})
    assert (claims.name, claims.email, claims.avatar) == (None, None, None)


@pytest.mark.parametrize("bad", ["A\0da", "A\x07da", "Ada \ud83d"])
def test_of_a_name_the_rest_is_kept_but_not_of_an_address(bad):
    claims = read_claims({"id": "a", "name": bad, "email": bad, "avatar": f"/{bad}.png"})
    assert (claims.name, claims.email, claims.avatar) == ("Ada", None, None)


def test_a_name_that_shows_nothing_lets_the_next_claim_count():
    assert read_claims({"id": "a", "name": "\u3164", "firstName": "Ada"}).name == "Ada"


def test_absent_claims_are_none():
    claims = read_claims({"id": "a"})
    assert (claims.name, claims.email, claims.avatar) == (None, None, None)
    assert (claims.expires_at, claims.issued_at) == (None, None)


@given(json_values, json_values, json_values)
def test_no_profile_whatever_it_holds_refuses_a_token_or_cannot_be_stored(name, email, avatar):
    claims = read_claims({"id": "a", "name": name, "email": email, "picture": avatar})
    for text, longest in ((claims.name, 255), (claims.email, 320), (claims.avatar, 2048)):
        if text is not None:
            assert 1 <= len(text) <= longest
            assert is_plain(text)
            assert not is_blank(text) or text != claims.name
            assert text.encode()


@pytest.mark.parametrize("bad", ["1", None, True, float("nan"), float("inf"), 10**400, [1]])
def test_a_time_is_a_finite_number(bad):
    assert numeric_date(bad) is None


def test_a_time_may_have_a_fraction():
    assert numeric_date(1.5) == 1.5


@pytest.mark.parametrize("seconds", [1_764_000_000_000, 1e18, -1e18])
def test_a_time_of_milliseconds_or_of_nonsense_is_still_a_date(seconds):
    claims = read_claims({"id": "a", "iat": seconds, "exp": seconds})
    for time in (claims.issued_at, claims.expires_at):
        assert 1970 <= datetime.fromtimestamp(time, UTC).year <= 9999


def test_a_token_that_counts_in_milliseconds_was_not_issued_in_the_far_future():
    claims = read_claims({"id": "a", "iat": 1_764_000_000_123})
    assert claims.issued_at == 1_764_000_000.123
