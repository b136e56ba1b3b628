"""One key writes once, whichever node it reaches and whatever becomes of the call before."""

from __future__ import annotations

import pytest

from realtime.domain.errors import Refused
from realtime.models import IdempotencyKey
from realtime.stores.database import Database
from realtime.stores.idempotency import Idempotency, Kept
from tests.stores.chat import now

KEY, FINGERPRINT = "key", "fingerprint"


async def test_a_call_writes_though_another_nodes_is_refused_as_it_looks(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between finding the other's row there and reading it."""
    one, other = Idempotency(now), Idempotency(now)
    answers: list[Kept] = []
    claim = IdempotencyKey.bulk_create

    async def refused() -> Kept:
        async def meanwhile(*args: object, **named: object) -> object:
            monkeypatch.setattr(IdempotencyKey, "bulk_create", claim)
            made = await claim(*args, **named)  # type: ignore[arg-type]
            await IdempotencyKey.filter(id=KEY).delete()
            return made

        monkeypatch.setattr(IdempotencyKey, "bulk_create", meanwhile)
        answers.append(await other.repeated(KEY, FINGERPRINT, written))
        raise Refused

    async def written() -> Kept:
        return Kept(201, {"id": 1})

    with pytest.raises(Refused):
        await one.repeated(KEY, FINGERPRINT, refused)

    assert answers == [Kept(201, {"id": 1})]
    assert await one.repeated(KEY, FINGERPRINT, refused) == Kept(201, {"id": 1})
