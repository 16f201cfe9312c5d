"""Bodies that are forms: `application/x-www-form-urlencoded`, read strictly (RFC 6749 3.2).

A parameter that is known comes once at most, and one without a value is as one that did not come.
What a parameter means is not decided here.
"""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, ValidationError

from protekt_cli.errors import InvalidRequest
from protekt_cli.server import schemas
from protekt_cli.server.body import media_type_of
from protekt_cli.server.request import Request

MEDIA_TYPE = "application/x-www-form-urlencoded"
#: Parameters that one form may have, unknown ones counted.
MAX_PARAMETERS = 100


class Form(BaseModel):
    """The parameters that an endpoint knows; it ignores the others."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


F = TypeVar("F", bound=Form)


async def read_form(request: Request, model: type[F]) -> F:
    """Read the body as the form that *model* describes.

    Raises:
        Problem: It is no form, too large, too slow, or a parameter is missing or came twice.
    """
    raw = await request.content()
    if raw:
        _check_type(request)
    try:
        return model.model_validate(_parameters(raw, model))
    except ValidationError as error:
        raise schemas.invalid_request(error) from None


def _check_type(request: Request) -> None:
    media_type, _ = media_type_of(request.fields)
    if media_type != MEDIA_TYPE.encode():
        raise InvalidRequest(
            "the body is not a form by its Content-Type", hint=f"send {MEDIA_TYPE}"
        )


def _parameters(raw: bytes, model: type[Form]) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            raw.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise InvalidRequest("the form cannot be read") from None
    known = [(name, value) for name, value in pairs if name in model.model_fields]
    parameters = dict(known)
    if len(parameters) != len(known):
        raise InvalidRequest("a parameter of the form came twice", hint="send each once")
    return {name: value for name, value in parameters.items() if value}
