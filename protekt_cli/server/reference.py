"""The API as the page about it shows it: an OpenAPI document, put in order and in words."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from protekt_cli.server.shapes import Member, Shape, Shapes, Type, paragraphs

Json = Mapping[str, Any]

_FORM = "application/x-www-form-urlencoded"
_CREDENTIALS = {
    "accessToken": '-H "Authorization: Bearer $TOKEN"',
    "apiKey": '-H "X-API-Key: $KEY"',
    "client": '-u "$CLIENT_ID:$KEY"',
}
#: Endpoints belong together by the start of their path: the first that fits counts.
_GROUPS = (
    ("/v1/admin/", "Administration, with an API key"),
    ("/v1/", "Sessions and devices"),
    ("/oauth/", "OAuth 2.0"),
    ("/dev/", "Development"),
    ("/", "The server itself"),
)


@dataclass(frozen=True, slots=True)
class Body:
    media_type: str
    type: Type
    members: tuple[Member, ...]
    is_required: bool


@dataclass(frozen=True, slots=True)
class Response:
    status: str
    text: str
    media_type: str
    type: Type


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    anchor: str
    method: str
    path: str
    paragraphs: tuple[str, ...]
    parameters: tuple[Member, ...]
    bodies: tuple[Body, ...]
    answers: tuple[Response, ...]
    curl: str


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """Everything that the page shows."""

    summary: str
    groups: tuple[Group, ...]
    shapes: tuple[Shape, ...]


def read(document: Json) -> Reference:
    """Put an OpenAPI document in order."""
    shapes = Shapes(document.get("components", {}).get("schemas", {}))
    by_title: dict[str, list[Operation]] = {title: [] for _, title in _GROUPS}
    for path, methods in document["paths"].items():
        title = next(title for start, title in _GROUPS if path.startswith(start))
        for method, operation in methods.items():
            by_title[title].append(_operation(shapes, method.upper(), path, operation))
    return Reference(
        summary=document["info"].get("summary", ""),
        groups=tuple(Group(title, tuple(found)) for title, found in by_title.items() if found),
        shapes=tuple(shapes.all()),
    )


def _operation(shapes: Shapes, method: str, path: str, operation: Json) -> Operation:
    return Operation(
        anchor=operation["operationId"],
        method=method,
        path=path,
        paragraphs=paragraphs(operation.get("description", "")),
        parameters=tuple(_parameter(shapes, each) for each in operation.get("parameters", ())),
        bodies=tuple(_bodies(shapes, operation)),
        answers=tuple(_answers(shapes, operation)),
        curl=_curl(shapes, method, path, operation),
    )


def _parameter(shapes: Shapes, parameter: Json) -> Member:
    needed = "" if parameter.get("required") else ", may be left out"
    return Member(
        parameter["name"], shapes.type_of(parameter["schema"]), f"in the {parameter['in']}{needed}"
    )


def _bodies(shapes: Shapes, operation: Json) -> Iterator[Body]:
    body = operation.get("requestBody", {})
    for media_type, content in body.get("content", {}).items():
        schema = content.get("schema", {})
        yield Body(
            media_type,
            shapes.type_of(schema),
            shapes.members_of(schema),
            bool(body.get("required")),
        )


def _answers(shapes: Shapes, operation: Json) -> Iterator[Response]:
    """Return what may come back; statuses with the same answer are one."""
    statuses: dict[tuple[str, str, Type], list[str]] = {}
    for status, answer in operation["responses"].items():
        for media_type, type_ in _described(shapes, answer):
            text = answer["description"]
            shown = "" if text == "Successful Response" else text
            statuses.setdefault((shown, media_type, type_), []).append(status)
    for (text, media_type, type_), found in statuses.items():
        yield Response(", ".join(found), text, media_type, type_)


def _described(shapes: Shapes, answer: Json) -> list[tuple[str, Type]]:
    """Return the media types of an answer that have a schema, or else all there are in one."""
    content = answer.get("content", {})
    return [
        (media_type, shapes.type_of(each["schema"]))
        for media_type, each in content.items()
        if each.get("schema")
    ] or [(", ".join(content), ())]


def _curl(shapes: Shapes, method: str, path: str, operation: Json) -> str:
    """Return a line of shell for it, which may be several lines long."""
    variables = re.sub(r"\{(\w+)\}", lambda name: f"${name[1].upper()}", path)
    lines = [f'curl {"" if method == "GET" else f"-X {method} "}"$URL{variables}"']
    # The first that is taken will do; nothing at all is the first where it may be left out.
    for scheme in next(iter(operation.get("security", ())), ()):
        lines.append(_CREDENTIALS[scheme])
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        example = shapes.example_of(content.get("schema", {}))
        if media_type == _FORM:
            lines.append(
                f"-d {shlex.quote('&'.join(f'{name}={example[name]}' for name in example))}"
            )
        else:
            data = json.dumps(example, ensure_ascii=False)
            lines += [f"-H 'Content-Type: {media_type}'", f"-d {shlex.quote(data)}"]
    return " \\\n  ".join(lines)
