"""What came in, as its row's type: the border where JSON becomes values of ours."""

import json
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from realtime.domain.errors import InvalidJson, InvalidText, Malformed, Refused, Wrong

OURS = "Value error, "
"""What pydantic puts before a reason that is ours."""


def read(adapter: TypeAdapter[Any], value: Any, *, integer_ids: bool) -> Any:
    """The value as its type. Raises Malformed with the field's name, or InvalidText."""
    try:
        return adapter.validate_python(value, context={"integer_ids": integer_ids})
    except ValidationError as error:
        raise _refusal(error) from None


def json_object(body: bytes) -> dict[str, Any]:
    """A body as an object; none at all is an empty one. Raises InvalidJson."""
    found = json_value(body)
    if not isinstance(found, dict):
        raise InvalidJson
    return found


def json_value(body: bytes) -> Any:
    """A body as whatever JSON it is; none at all is an empty object. Raises InvalidJson."""
    if not body.strip():
        return {}
    try:
        return _loads(body)
    except (ValueError, RecursionError):
        raise InvalidJson from None


def _loads(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # orjson refuses half of a cut emoji ("\ud83d"), which is JSON: the text is refused later
        return json.loads(body, parse_constant=_no_json)


def _no_json(constant: str) -> None:
    raise ValueError(constant)


def _refusal(error: ValidationError) -> Refused:
    details = error.errors(include_url=False, include_context=False)
    for each in details:
        if each["type"] == "string_unicode":
            return InvalidText(each["input"])
    wrong = tuple(
        Wrong(_field(each), () if each["type"] == "missing" else (each["input"],))
        for each in details
    )
    return Malformed(wrong[0].field, details[0]["msg"].removeprefix(OURS), wrong)


def _field(detail: ErrorDetails) -> str:
    """The outermost name on the way to what is wrong."""
    return next((part for part in detail["loc"] if isinstance(part, str)), "")
