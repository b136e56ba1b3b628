"""What ids, dates and people look like in every answer of this dialect."""

from __future__ import annotations

import re

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")


def person(user_id: str) -> dict[str, str | None]:
    """Somebody whose token has her id, capitalised, as her name, and nothing else."""
    return {"id": user_id, "name": user_id.capitalize(), "email": None, "avatar": None}
