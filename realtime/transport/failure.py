"""What the log is told about an exception in the application's code: one line, no user's text."""

import traceback


def place(error: BaseException) -> str:
    """Its type and where it was raised; its message may quote what a user wrote."""
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where
