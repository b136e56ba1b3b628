"""The end of one's own task, told from that of something that it waited for."""

import asyncio


def is_cancelled() -> bool:
    """Whether this task is to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def raise_if_cancelled(error: BaseException) -> None:
    """Pass on the end of this task, but not that of something it waited for."""
    if isinstance(error, asyncio.CancelledError) and is_cancelled():
        raise error
