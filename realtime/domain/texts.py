"""What somebody wrote, before it goes anywhere."""

from realtime.domain.errors import BlankMessage, InvalidText, MessageTooLong


def text_of(text: str, max_length: int) -> str:
    """Trimmed. Raises BlankMessage, MessageTooLong, InvalidText."""
    text = text.strip()
    if not text:
        raise BlankMessage
    if len(text) > max_length:
        raise MessageTooLong(text)
    if not is_storable(text):
        raise InvalidText(text)
    return text


def is_storable(text: str) -> bool:
    """Whether every database takes it: no NUL, no half of a cut emoji (a lone surrogate)."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
