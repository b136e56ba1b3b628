"""The people we know of: from tokens, from the server API, or because somebody wrote to them."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from realtime.domain.errors import InvalidToken, UnknownUser
from realtime.domain.records import Person
from realtime.domain.steps import ROWS, portions
from realtime.domain.texts import name_of
from realtime.domain.underway import Lately
from realtime.models import User
from realtime.models.asking import AskedTogether
from realtime.models.raw import rows, time_of
from realtime.together import AT_ONCE

FRESH_FOR = 1.0
"""Seconds for which a token that was admitted is admitted again without asking the database."""

SIZE = 100_000
"""How many people are remembered."""

Issued = tuple[str, float | None]
"""A token, told by whose it is and by when it was issued, a Unix time."""

USERS = """
    SELECT id, name, email, avatar, profile_at, tokens_after, deleted_at
    FROM users WHERE id IN texts(?)
"""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a token says of its user; None changes nothing. ``issued_at`` is a Unix time."""

    user_id: str
    name: str | None = None
    email: str | None = None
    avatar: str | None = None
    issued_at: float | None = None

    def given(self) -> dict[str, str]:
        """The columns that it names."""
        named = {"name": self.name, "email": self.email, "avatar": self.avatar}
        return {column: value for column, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class _Admitted:
    profile: Profile
    checked_at: float


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the database has of somebody; the names are those of the columns."""

    id: str
    name: str | None
    email: str | None
    avatar: str | None
    profile_at: datetime | None
    tokens_after: datetime | None
    deleted_at: datetime | None


class People:
    """A bounded memory of the people that exist, owned by one node."""

    def __init__(
        self,
        *,
        must_exist: bool = False,
        now: Callable[[], float] = time.monotonic,
        size: int = SIZE,
    ) -> None:
        self._must_exist = must_exist
        self._now = now
        self._size = size
        self._known: OrderedDict[str, Person] = OrderedDict()
        self._admitted: OrderedDict[str, _Admitted] = OrderedDict()
        self._changes = Lately[str]()
        self._rows = AskedTogether(_each, at_once=AT_ONCE)

    async def seen(self, profile: Profile) -> bool:
        """Somebody came with a token: know her from now on; True if she is not as we knew her.

        Whether her tokens still count is asked again after a second: another node may have
        revoked them. Raises InvalidToken for a token from before that.
        """
        admitted = self._admitted.get(profile.user_id)
        taken = admitted is not None and admitted.profile == profile
        if taken and self._is_fresh(profile.user_id):
            return False
        before, then = self._known.get(profile.user_id), self._changes.now
        found = await self._rows.of(profile.user_id)
        user, created = (found, False) if found else await _made(profile)
        if _older(profile.issued_at, user.tokens_after):
            raise InvalidToken("revoked")
        new = not (taken or created or _older(profile.issued_at, user.profile_at))
        now = await _updated(user, profile) if new else user
        person = self._remember([now], then)[user.id]
        changed = now is not user or (before is not None and before != person)
        if not self._changes.is_same(user.id, then):  # perhaps revoked, and told to who was here
            return await self.seen(profile) or changed
        self._admit(profile)
        return changed

    async def known(self, user_id: str) -> Person:
        """Somebody another person names: made a placeholder if new.

        Raises UnknownUser instead where users must exist.
        """
        known = self._known.get(user_id)
        if known is not None:
            return known
        then = self._changes.now
        user = await self._rows.of(user_id)
        if self._must_exist and (user is None or user.deleted_at is not None):
            raise UnknownUser
        if user is None:
            user, _ = await _made(Profile(user_id))
        return self._remember([user], then)[user_id]

    async def all_known(self, user_ids: Collection[str]) -> None:
        """Know many whom another person names, as ``known`` does. Raises UnknownUser."""
        missing = sorted({user_id for user_id in user_ids if user_id not in self._known})
        if missing:
            found = await self._found(missing, deleted=False)
            await self._make([user_id for user_id in missing if user_id not in found])

    async def named(self, user_ids: Collection[str]) -> dict[str, Person]:
        """These people, those nobody knows included; makes nobody."""
        known = {each: self._known[each] for each in user_ids if each in self._known}
        missing = [user_id for user_id in user_ids if user_id not in known]
        found = await self._found(missing)
        people = known | found
        return {user_id: people.get(user_id) or person_from(user_id) for user_id in user_ids}

    def forget(self, user_id: str) -> None:
        """Ask the database next time."""
        self._changes.changed(user_id)
        self._known.pop(user_id, None)
        self._admitted.pop(user_id, None)

    def forget_all(self) -> None:
        """Ask the database for each next time: nobody knows who has changed."""
        self._changes.all_changed()
        self._known.clear()
        self._admitted.clear()

    def _is_fresh(self, user_id: str) -> bool:
        at = self._admitted[user_id].checked_at
        return user_id in self._known and self._now() - at < FRESH_FOR

    def _admit(self, profile: Profile) -> None:
        self._admitted[profile.user_id] = _Admitted(profile, self._now())
        if len(self._admitted) > self._size:
            self._admitted.popitem(last=False)

    async def _found(self, user_ids: Collection[str], *, deleted: bool = True) -> dict[str, Person]:
        found: dict[str, Person] = {}
        for portion in portions(user_ids):
            then = self._changes.now
            users = (await _read(portion)).values()
            there = [each for each in users if deleted or each.deleted_at is None]
            found |= self._remember(there, then)
        return found

    async def _make(self, user_ids: Sequence[str]) -> None:
        """Make placeholders, in the order of ids: two who make the same cannot lock each other."""
        if user_ids and self._must_exist:
            raise UnknownUser
        if user_ids:
            new = [User(id=each) for each in user_ids]
            await User.bulk_create(new, batch_size=ROWS, ignore_conflicts=True)
            await self._found(user_ids)

    def _remember(self, users: Sequence[_Kept], then: int) -> dict[str, Person]:
        """These as the domain has them; what has changed since we asked may have come after our
        answer, and is not kept."""
        people = {
            each.id: person_from(each.id, each.name, each.email, each.avatar) for each in users
        }
        same = (each for each in people if self._changes.is_same(each, then))
        self._known.update({each: people[each] for each in same})
        while len(self._known) > self._size:
            self._known.popitem(last=False)
        return people


def person_from(
    user_id: str, name: str | None = None, email: str | None = None, avatar: str | None = None
) -> Person:
    """A row's values as the domain hands them out: who has no name is called by her id."""
    return Person(user_id, name or name_of(user_id) or user_id, email, avatar)


async def hold_token(user_id: str, issued_at: float | None) -> None:
    """In the transaction that stores what outlives a connection: her token of this time counts
    until the transaction ends, whatever was true when she was let in. Raises InvalidToken."""
    held = User.filter(id=user_id).select_for_update(no_key=True).only("id", "tokens_after")
    for user in await held:
        if _older(issued_at, user.tokens_after):
            raise InvalidToken("revoked")


async def revoked(tokens: Collection[Issued]) -> set[Issued]:
    """Those of these tokens that count no more."""
    after: dict[str, datetime] = {}
    for portion in portions(sorted({user_id for user_id, _ in tokens})):
        found = User.filter(id__in=portion, tokens_after__not_isnull=True)
        after |= dict(await found.values_list("id", "tokens_after"))
    return {each for each in tokens if _older(each[1], after.get(each[0]))}


def _older(issued_at: float | None, changed_at: datetime | None) -> bool:
    """Whether a token is from before a change; one that does not say when it was issued is."""
    if changed_at is None:
        return False
    return issued_at is None or datetime.fromtimestamp(issued_at, UTC) < changed_at


def _columns(profile: Profile) -> dict[str, str | datetime]:
    """What it names, and since when that counts: an issuer's clock may be ahead of ours."""
    named: dict[str, str | datetime] = dict(profile.given())
    if named and profile.issued_at is not None:
        now = datetime.now(UTC)
        named["profile_at"] = min(datetime.fromtimestamp(profile.issued_at, UTC), now)
    return named


async def _updated(user: _Kept, profile: Profile) -> _Kept:
    """Write what is different; what is kept then, or what was given if that is the same."""
    wanted: dict[str, str | None] = {**profile.given(), "deleted_at": None}
    changed: dict[str, Any] = {
        column: value for column, value in wanted.items() if getattr(user, column) != value
    }
    if not changed:
        return user
    if changed.keys() & profile.given().keys():
        changed |= _columns(profile)
    await User.filter(id=user.id).update(**changed)
    return replace(user, **changed)


async def _made(profile: Profile) -> tuple[_Kept, bool]:
    """Somebody new; False if another has made her meanwhile."""
    user, created = await User.get_or_create(id=profile.user_id, defaults=_columns(profile))
    return _Kept(**{each.name: getattr(user, each.name) for each in fields(_Kept)}), created


async def _read(user_ids: Sequence[str]) -> dict[str, _Kept]:
    return {row["id"]: _kept(**row) for row in await rows(USERS, list(user_ids))}


async def _each(user_ids: Sequence[str]) -> list[_Kept | None]:
    found = await _read(user_ids)
    return [found.get(each) for each in user_ids]


def _kept(profile_at: Any, tokens_after: Any, deleted_at: Any, **columns: Any) -> _Kept:
    return _Kept(
        profile_at=time_of(profile_at),
        tokens_after=time_of(tokens_after),
        deleted_at=time_of(deleted_at),
        **columns,
    )
