"""The types of what frontends send. A value that fits none of them never reaches the domain."""

import re
from datetime import MINYEAR, UTC, datetime
from math import isfinite
from typing import Annotated, Any
from uuid import UUID

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from realtime.domain.texts import is_blank, is_plain, is_storable, name_of, with_newlines

UNKNOWN = UUID(int=0)
"""The id that no row has: a malformed id is an unknown one."""

NOBODY = ""
"""The user id that nobody has."""

_INTEGER = re.compile(r"-?[0-9]+\Z")
_WHOLE = re.compile(r"-?[0-9]{1,18}\Z")
_LINK = re.compile(
    r"(https?://[^\s\x00-\x1f\ud800-\udfff]+|/(?![/\\])[^\x00-\x1f\\\ud800-\udfff]*)\Z",
    re.IGNORECASE,
)

MAX_USER_ID = 64
MAX_NAME = 255
MAX_LINK = 2048
MAX_FOREIGN_ID = 255
MAX_DEPTH = 50
MAX_JSON = 16_384
MAX_INTEGER = 2**63 - 1

MAX_EXACT = 2**53 - 1
"""The largest integer that JavaScript holds: it would answer for a neighbour of a larger one."""


class Payload(BaseModel):
    """What an event, a body with its path, or a query brings. Unknown keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def example(**values: Any) -> ConfigDict:
    """What the description of a body shows."""
    return ConfigDict(json_schema_extra={"examples": [values]})


def user_id_of(value: Any, *, integer_ids: bool) -> str:
    """The string form of an id that came as either type. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("a user id is a string or an integer")
    text = str(value)
    if not 0 < len(text) <= MAX_USER_ID or not is_storable(text):
        raise ValueError("a user id has 1 to 64 characters")
    return _canonical(text) if integer_ids else text


def _canonical(text: str) -> str:
    if not _INTEGER.match(text) or abs(int(text)) > MAX_EXACT:
        raise ValueError("user ids are integers up to 2^53 - 1 here, which JavaScript can hold")
    return str(int(text))


def _user_id(value: Any, info: ValidationInfo) -> str:
    return user_id_of(value, integer_ids=bool((info.context or {}).get("integer_ids")))


def _somebody(value: Any, info: ValidationInfo) -> str:
    try:
        return _user_id(value, info)
    except ValueError:
        return NOBODY


def _row_id(value: Any) -> UUID:
    if not isinstance(value, str):
        raise ValueError("an id is a string")
    try:
        return UUID(value)
    except ValueError:
        return UNKNOWN


def _link(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_LINK or not _LINK.match(value):
        raise ValueError("a link is http(s) or a path with one leading slash")
    return value


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("a NUL or half a character")
    return text


def _label(text: str) -> str:
    text = with_newlines(text)
    if not is_plain(text):
        raise ValueError("a control character or half a character")
    return text


def _name(text: str | None) -> str | None:
    return None if text is None else name_of(text)


def _seen(text: str) -> str:
    if is_blank(text):
        raise ValueError("nothing of it can be seen")
    return text


def _json(value: Any, depth: int = 0) -> Any:
    """JSON that every database takes and every encoder writes. Raises ValueError."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, list):
        return [_json(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {_storable(key): _json(each, depth + 1) for key, each in value.items()}
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ValueError("more than 64 bits")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("no number")
    return value


def _small_json(value: Any) -> Any:
    try:
        size = len(orjson.dumps(value))
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error)) from None
    if size > MAX_JSON:
        raise ValueError("too long")
    return _json(value)


def _date(value: Any) -> datetime:
    """ISO 8601; without an offset it is UTC. In whole milliseconds, as all that is sent."""
    if not isinstance(value, str):
        raise ValueError("a date is an ISO 8601 string")
    try:
        at = datetime.fromisoformat(value)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("a date is an ISO 8601 string") from None
    if at.year == MINYEAR:  # asyncpg stores the first moment as -infinity, and reads it as no UTC
        raise ValueError("year 1 is how some languages say that there is no date: leave it out")
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _foreign_id(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("an id is a string or a number")
    if len(str(value)) > MAX_FOREIGN_ID:
        raise ValueError("too long")
    if not isinstance(value, str) and abs(value) > MAX_EXACT:
        raise ValueError("a number beyond 2^53 - 1, which JavaScript cannot hold: send it as text")
    return _json(value)


UserId = Annotated[str, BeforeValidator(_user_id, json_schema_input_type=str | int)]
"""A person, as a string or an integer."""

Somebody = Annotated[str, BeforeValidator(_somebody, json_schema_input_type=str | int)]
"""A person who is asked about: what is no id is an unknown one, and never an error."""

RowId = Annotated[UUID, BeforeValidator(_row_id, json_schema_input_type=str)]
"""Of anything that is stored: a text that is no id is an unknown one."""

ConversationId = RowId
MessageId = RowId
NotificationId = RowId

Text = Annotated[str, Field(strict=True)]
"""What somebody wrote; the domain trims and measures it."""

ClientId = Annotated[str, Field(strict=True, min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
"""The sender's own name for a message, which makes a retry harmless."""

Link = Annotated[str, BeforeValidator(_link, json_schema_input_type=str)]
"""A URL that a page may open: ``javascript:`` would run there."""


Label = Annotated[str, Field(strict=True), AfterValidator(_label)]
"""A short text of the application's, kept as it is; it has no control characters but newlines."""

Name = Annotated[
    Annotated[str, Field(strict=True, max_length=MAX_NAME)] | None, AfterValidator(_name)
]
"""What somebody or something is called, without control characters; None if nothing can be seen."""

Seen = AfterValidator(_seen)
"""Of a text: something of it can be seen."""

Title = Annotated[str, Field(strict=True, max_length=MAX_NAME), Seen, AfterValidator(_name)]
"""A name that cannot be left blank."""

Date = Annotated[datetime, BeforeValidator(_date, json_schema_input_type=str)]
"""A time as ISO 8601 writes it."""

NotificationType = Annotated[Label, Field(max_length=64)]
"""What a notification is about; no longer than its column."""

AnyJson = Annotated[Any, BeforeValidator(_json)]
"""Whatever the application wants to keep."""

SomeJson = Annotated[Any, BeforeValidator(_small_json)]
"""What a user may add, which stands in another's list a hundred times: a few kilobytes."""

ForeignId = Annotated[str | int | float, BeforeValidator(_foreign_id)]
"""An id of something that the application has; it keeps its JSON type."""


MAX_OFFSET = 1_000_000_000


def whole(default: int | None, most: int = MAX_OFFSET, least: int = 0) -> BeforeValidator:
    """A whole number that is never an error: unreadable is the default, out of range is clamped."""

    def read(value: Any) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int | str):
            return default
        if isinstance(value, str) and not _WHOLE.match(value):
            return default
        return min(max(int(value), least), most)

    return BeforeValidator(read, json_schema_input_type=int)


PageNumber = Annotated[int, whole(1, least=1)]
Offset = Annotated[int, whole(0)]


def _flag(value: Any) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())


Flag = Annotated[bool | None, BeforeValidator(_flag, json_schema_input_type=bool)]
"""``true`` or ``false`` in a query; anything else is as if it were not there."""
