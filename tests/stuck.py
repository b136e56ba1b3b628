"""What a test that waits in vain can say of its node, which runs in the same loop."""

from __future__ import annotations

import asyncio
from types import CodeType
from typing import Any

MOST = 40
"""Tasks that are told of."""


def tasks() -> str:
    """Each task of this loop, but the one that asks, and where it waits: outermost call first."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    lines = sorted(f"  {task.get_name()}: {_where(task.get_coro())}" for task in others)
    return "\n".join(lines[:MOST])


def _where(waits: Any) -> str:
    """The way down to what is awaited; a task itself knows only its first step."""
    steps = []
    while waits is not None:
        code = _code(waits)
        if code is None:
            steps.append(type(waits).__name__)
            break
        frame = getattr(waits, "cr_frame", None) or getattr(waits, "gi_frame", None)
        steps.append(f"{code.co_qualname}:{frame.f_lineno if frame else '?'}")
        waits = getattr(waits, "cr_await", None) or getattr(waits, "gi_yieldfrom", None)
    return " > ".join(steps)


def _code(waits: Any) -> CodeType | None:
    found = getattr(waits, "cr_code", None) or getattr(waits, "gi_code", None)
    return found if isinstance(found, CodeType) else None
