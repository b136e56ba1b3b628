"""JSON Schemas (2020-12) of what comes in, from pydantic, and of what goes out, from TypedDicts."""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    NewType,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from pydantic import TypeAdapter

from realtime.dialects.words import WireUserId

Schema: TypeAlias = dict[str, Any]

REFERENCE = "#/components/schemas/{model}"

_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Any: {},
    object: {},
    dict: {"type": "object"},
    list: {"type": "array"},
}


class Schemas:
    """The named schemas of one document; the same name in two dialects is two schemas."""

    def __init__(self, *, integer_ids: bool = False) -> None:
        self.named: dict[str, Schema] = {}
        self._types: dict[str, Any] = {}
        self._user_id: Schema = {"type": "integer" if integer_ids else "string"}

    def incoming(self, adapter: TypeAdapter[Any], owner: str) -> Schema:
        """What a frontend may send; ``owner`` is the dialect that says so."""
        template = REFERENCE.replace("{model}", f"{owner}.{{model}}")
        schema: Schema = _tidy(adapter.json_schema(mode="validation", ref_template=template))
        for name, definition in schema.pop("$defs", {}).items():
            self.named[f"{owner}.{name}"] = definition
        return schema

    def outgoing(self, annotation: Any, owner: str) -> Schema:
        """What a frontend is sent."""
        if annotation is WireUserId:
            return dict(self._user_id)
        if isinstance(annotation, NewType):
            return self.outgoing(annotation.__supertype__, owner)
        if is_typeddict(annotation):
            return self._typed_dict(annotation, owner)
        if annotation in _PLAIN or annotation is None:
            return dict(_PLAIN[annotation if annotation is not None else NoneType])
        return self._generic(get_origin(annotation), get_args(annotation), owner)

    def _generic(self, origin: Any, args: tuple[Any, ...], owner: str) -> Schema:
        if origin is Literal:
            return {"enum": list(args)}
        if origin in (Union, UnionType):
            return {"anyOf": [self.outgoing(each, owner) for each in args]}
        if origin is list:
            return {"type": "array", "items": self.outgoing(args[0], owner)}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.outgoing(args[1], owner)}
        raise TypeError(f"{owner} sends {origin}{args}, for which there is no schema")

    def _name(self, annotation: Any, owner: str) -> str:
        """A name of its own: two modules may call two things alike, and a dialect send both."""
        base = name = f"{owner}.{annotation.__name__}"
        number = 2
        while self._types.setdefault(name, annotation) is not annotation:
            name, number = f"{base}{number}", number + 1
        return name

    def _typed_dict(self, annotation: Any, owner: str) -> Schema:
        name = self._name(annotation, owner)
        if name not in self.named:
            schema = self.named[name] = {"type": "object", "additionalProperties": False}
            hints = get_type_hints(annotation)
            schema["properties"] = {key: self.outgoing(hint, owner) for key, hint in hints.items()}
            schema["required"] = [key for key in hints if key in annotation.__required_keys__]
        return {"$ref": REFERENCE.format(model=name)}


def _tidy(schema: Any) -> Any:
    """Without titles that repeat a name, and defaults that only say that nothing was given."""
    if isinstance(schema, list):
        return [_tidy(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _tidy(each) for name, each in value.items()}
        if key in ("properties", "$defs")
        else _tidy(value)
        for key, value in schema.items()
        if not (key == "title" or (key == "default" and value is None))
    }


def either(schemas: list[Schema]) -> Schema:
    """Any of these, each named once."""
    different = [each for index, each in enumerate(schemas) if each not in schemas[:index]]
    return different[0] if len(different) == 1 else {"anyOf": different}


def like(value: Any) -> Schema:
    """The schema of everything that looks like this."""
    if isinstance(value, dict):
        properties = {key: like(each) for key, each in value.items()}
        return {"type": "object", "properties": properties, "required": list(value)}
    if isinstance(value, list):
        return {"type": "array"}
    return dict(_PLAIN[type(value)])
