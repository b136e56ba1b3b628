"""Who can be tried in the demo; `realtime serve` prints the tokens of the first two."""

from dataclasses import dataclass

_NAMES = ("Ada", "Bob", "Cleo")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo; the id has the JSON type of the deployment."""

    id: str | int
    name: str


def people(*, integer_ids: bool) -> tuple[Person, ...]:
    """Ada and Bob, side by side, and Cleo, who can be opened in a tab of her own."""
    named = enumerate(_NAMES, start=1)
    return tuple(Person(n if integer_ids else name.lower(), name) for n, name in named)
