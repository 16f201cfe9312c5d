"""JSON schemas in words: what a value may be, what members an object has, and an example of it.

It knows as much of JSON Schema as FastAPI writes; anything else may be any value to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]

_REFERENCE = "#/components/schemas/"
#: What stands for a text in an example, by its member's name.
_EXAMPLES = {
    "email": "user@example.com",
    "password": "secret123",
    "grant_type": "refresh_token",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the words for a type; one with an anchor is explained there."""

    text: str
    anchor: str | None = None


Type = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object, or one parameter of a request."""

    name: str
    type: Type
    note: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema that has a name."""

    name: str
    anchor: str
    paragraphs: tuple[str, ...]
    type: Type
    members: tuple[Member, ...]


class Shapes:
    """The named schemas of one document."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def all(self) -> list[Shape]:
        """Return every named schema, by name."""
        return [self._shape(name) for name in sorted(self._schemas)]

    def type_of(self, schema: Schema) -> Type:
        """Say what a value may be."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_REFERENCE)
            return (Part(name, _anchor(name)),)
        if "const" in schema:
            return (Part(json.dumps(schema["const"])),)
        if "enum" in schema:
            return (Part(" | ".join(json.dumps(value) for value in schema["enum"])),)
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return _joined(self.type_of(each) for each in schema[union])
        return self._plain(schema)

    def members_of(self, schema: Schema) -> tuple[Member, ...]:
        """Return the members that an object has."""
        required = schema.get("required", ())
        return tuple(
            Member(name, self.type_of(member), _note(member, is_required=name in required))
            for name, member in schema.get("properties", {}).items()
        )

    def example_of(self, schema: Schema, name: str = "") -> Any:
        """Return a value that fits: of objects, the members that must be there."""
        if "$ref" in schema:
            return self.example_of(self._schemas[schema["$ref"].removeprefix(_REFERENCE)], name)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return schema["enum"][0]
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self.example_of(schema[union][0], name)
        return self._plain_example(schema, name)

    def _plain(self, schema: Schema) -> Type:
        match schema.get("type"):
            case "array":
                return (Part("array of "), *self.type_of(schema.get("items", {})))
            case "object" if isinstance(schema.get("additionalProperties"), dict):
                return (Part("object of "), *self.type_of(schema["additionalProperties"]))
            case str(name):
                return (Part(name),)
            case _:
                return (Part("any value"),)

    def _plain_example(self, schema: Schema, name: str) -> Any:
        match schema.get("type"):
            case "object":
                required = schema.get("required", ())
                members = schema.get("properties", {})
                return {each: self.example_of(members[each], each) for each in required}
            case "array":
                return []
            case "integer" | "number":
                return 1
            case "boolean":
                return True
            case _:
                return _EXAMPLES.get(name, "…")

    def _shape(self, name: str) -> Shape:
        schema = self._schemas[name]
        return Shape(
            name=name,
            anchor=_anchor(name),
            paragraphs=paragraphs(schema.get("description", "")),
            type=self.type_of(schema),
            members=self.members_of(schema),
        )


def paragraphs(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a docstring, each on one line."""
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def _anchor(name: str) -> str:
    return f"shape-{name}"


def _joined(types: Iterable[Type]) -> Type:
    parts: list[Part] = []
    for each in types:
        parts += [Part(" | "), *each] if parts else each
    return tuple(parts)


def _note(schema: Schema, *, is_required: bool) -> str:
    if schema.get("default") is not None:
        return f"{json.dumps(schema['default'])} unless given"
    return "" if is_required else "may be left out"
