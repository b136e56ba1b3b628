"""Why something could not be reached, for whoever has to mend it: no error's name, no number."""

import errno
import re
import socket
from typing import Final

NOBODY: Final = "nothing listens there"
UNKNOWN: Final = "there is no such name"
SILENT: Final = "no answer"

_BY_NUMBER: Final = {
    errno.ECONNREFUSED: NOBODY,
    errno.ECONNRESET: "it hangs up",
    errno.EPIPE: "it hangs up",
    errno.ETIMEDOUT: SILENT,
    errno.EHOSTUNREACH: "no way leads there",
    errno.ENETUNREACH: "no way leads there",
    errno.ENOENT: "there is no such file",
    errno.EACCES: "this user may not",
    errno.EPERM: "this user may not",
    errno.ENOSPC: "the disk is full",
    errno.EROFS: "the disk takes no writes",
}
_NUMBERED: Final = re.compile(r"\[Errno (\d+)\]")


def plainly(error: BaseException) -> str:
    """In a few words; the error's own first line where we have none."""
    cause = getattr(error, "os_error", error)
    if isinstance(cause, socket.gaierror) or _is_no_name(cause):
        return UNKNOWN
    if isinstance(cause, OSError) and (known := _BY_NUMBER.get(_number(cause))):
        return known
    if isinstance(cause, TimeoutError):
        return SILENT
    return str(error).partition("\n")[0] or type(error).__name__


def _is_no_name(error: BaseException) -> bool:
    """Whether a name was not even looked up: a part of it is empty, or has over 63 characters."""
    return isinstance(error, UnicodeError) and "idna" in str(error)


def _number(error: OSError) -> int:
    """What the system says; where several addresses were tried, of the last."""
    if error.errno is not None:
        return error.errno
    numbers = _NUMBERED.findall(str(error))
    return int(numbers[-1]) if numbers else 0
