"""What somebody wrote, before it goes anywhere: texts are refused or kept, names are mended.

Blank is what shows nothing, however many characters it has. A name stands in sentences of ours, so
it can neither turn them around nor end them.
"""

import re
import unicodedata
from bisect import bisect_right

from realtime.domain.errors import BlankMessage, InvalidText, MessageTooLong

DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""Unicode's property Default_Ignorable_Code_Point (DerivedCoreProperties.txt), from first to last
of each range: ``unicodedata`` does not know it."""

_FIRSTS = [first for first, _ in DEFAULT_IGNORABLE]

_INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Mn", "Mc", "Me"})
"""Categories of what shows nothing by itself: spaces, controls, format and combining characters."""

_BLANK_BRAILLE = "\u2800"

FEW = 64
"""Characters of which one can be seen in nearly every text."""

# A NUL and the halves of a cut emoji (lone surrogates)
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

# A text keeps its newlines and tabs
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

_BREAKS = dict.fromkeys((*range(0x09, 0x0E), 0x85), " ")

# Embeddings, overrides and isolates would turn around what follows the name
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def text_of(text: str, max_length: int) -> str:
    """Trimmed, with lines that end in a newline alone.

    Raises BlankMessage, MessageTooLong, InvalidText.
    """
    text = with_newlines(text).strip()
    if not text:
        raise BlankMessage
    if len(text) > max_length:
        raise MessageTooLong(text)
    if not is_plain(text):
        raise InvalidText(text)
    if is_blank(text):
        raise BlankMessage
    return text


def name_of(text: str) -> str | None:
    """A name without what a page would not show or be turned around by; None if nothing is left."""
    name = _NOT_IN_NAMES.sub("", text.translate(_BREAKS)).strip()
    return None if is_blank(name) else name


def isolated(name: str) -> str:
    """A name for a sentence of ours: one that is written from right to left keeps to itself."""
    if name.isascii() or _RIGHT_TO_LEFT.isdisjoint(map(unicodedata.bidirectional, name)):
        return name
    return f"\u2068{name}\u2069"


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen."""
    # Behind the first few each character once: a megabyte of spaces would keep everybody waiting
    seen = any(map(_is_visible, text[:FEW])) or any(map(_is_visible, set(text[FEW:])))
    return not seen


def is_plain(text: str) -> bool:
    """Whether every database takes it and it has no control characters but newlines and tabs."""
    return _UNFIT.search(text) is None


def is_storable(text: str) -> bool:
    """Whether every database takes it: no NUL, no half of a cut emoji (a lone surrogate)."""
    return _UNSTORABLE.search(text) is None


def storable(text: str) -> str:
    """Without what some database does not take."""
    return _UNSTORABLE.sub("", text)


def with_newlines(text: str) -> str:
    """With lines that end as ours do."""
    return text.replace("\r\n", "\n")


def _is_visible(character: str) -> bool:
    if unicodedata.category(character) in _INVISIBLE or character == _BLANK_BRAILLE:
        return False
    place = bisect_right(_FIRSTS, ord(character)) - 1
    return place < 0 or ord(character) > DEFAULT_IGNORABLE[place][1]
