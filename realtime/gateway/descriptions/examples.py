"""An example of a schema: its own where it has one, else made of what its names promise."""

import re
from collections.abc import Mapping
from typing import Any

from realtime.gateway.descriptions.schemas import REFERENCE, Schema

ID = "01976d3e-8f1a-7c2b-9d4e-5f6a7b8c9d0e"
DATE = "2026-01-05T12:00:00.000Z"

_PREFIX = REFERENCE.format(model="")

_STRINGS = tuple(
    (re.compile(names), text)
    for names, text in (
        (r".*(At|timestamp|lastSeen)|date", DATE),
        (r"(sender|receiver|recipient|other|target|user|partner|actor|viewer)_?(User)?Ids?", "ada"),
        (r".*[iI]ds?|upTo|before|after", ID),
        (r"endpoint", "https://push.example/send/abc"),
        (r".*([lL]ink|[uU]rl|[aA]vatar)", "/things/7"),
        (r"email", "ada@example.com"),
        (r".*[nN]ame", "Ada"),
        (r"type|action", "GENERAL"),
        (r"messageType", "text"),
        (r"p256dh|auth", "c29tZSBieXRlcw"),
    )
)
"""What a string is, by the whole name of its property; the first that fits counts."""


class Examples:
    """Makes examples of schemas that may refer to these named ones."""

    def __init__(self, named: Mapping[str, Schema]) -> None:
        self._named = named

    def of(self, schema: Schema, name: str = "") -> Any:
        """A value that the schema admits, for a property of this name."""
        if "examples" in schema:
            return schema["examples"][0]
        if "$ref" in schema:
            return self.of(self._named[schema["$ref"].removeprefix(_PREFIX)], name)
        for choice in ("enum", "oneOf", "anyOf"):
            if choice in schema:
                return self._chosen(choice, schema[choice], name)
        if "const" in schema:
            return schema["const"]
        return self._typed(schema, name)

    def _chosen(self, choice: str, options: list[Any], name: str) -> Any:
        if choice == "enum":
            return options[0]
        told = [option for option in options if option.get("type") != "null"]
        return self.of(told[0], name) if told else None

    def _typed(self, schema: Schema, name: str) -> Any:
        kind = schema.get("type")
        if kind == "object":
            properties = schema.get("properties", {})
            return {key: self.of(each, key) for key, each in properties.items()}
        if kind == "array":
            return [self.of(schema["items"], name)] if "items" in schema else []
        if kind == "string":
            return _string(name)
        plain = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
        return plain.get(str(kind), {})


def _string(name: str) -> str:
    return next((text for names, text in _STRINGS if names.fullmatch(name)), "Hello")
