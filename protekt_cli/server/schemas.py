"""The bodies of requests and answers, as OpenAPI shows them and as requests are checked.

Requests are strict: no coercion, no unknown member. Answers are written by
`engine.representation`; the models of answers only describe them, and a test holds the two
together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from protekt_cli.errors import EndReason, InvalidRequest, Reason
from protekt_cli.models import SessionStatus, UserStatus


class Json(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=to_camel, hide_input_in_errors=True
    )


def _truth(value: object) -> object:
    if value is not None and not isinstance(value, bool):
        raise ValueError("it is true, or left out")
    return value


#: A member that can only be true: what equals it, such as 1, is not it.
OnlyTrue = Annotated[Literal[True], BeforeValidator(_truth)]


class NamedDevice(Json):
    id: str | None = None
    name: str | None = None


class LogIn(Json):
    type: Literal["password"]
    email: str
    password: str
    device: NamedDevice | None = None
    cookies: bool | None = None
    sliding_expiration: bool | None = None
    ip: str | None = None
    user_agent: str | None = None


class Validate(Json):
    session_token: str
    ip: str | None = None
    device_id: str | None = None


class Refresh(Json):
    """The token comes here or in its cookie; one that is here goes before."""

    refresh_token: str | None = None
    device_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None


class Revoke(Json):
    """At most one selector; none is the session that asks."""

    session_id: str | None = None
    device_id: str | None = None
    others: OnlyTrue | None = None
    all: OnlyTrue | None = None

    @model_validator(mode="after")
    def _one_selector(self) -> Self:
        given = [getattr(self, name) for name in self.model_fields_set]
        if len(given) > 1 or None in given:
            raise ValueError("give one of sessionId, deviceId, others, all, or none of them")
        return self


class RenameDevice(Json):
    name: str


class ChangePassword(Json):
    current_password: str
    new_password: str
    ip: str | None = None
    user_agent: str | None = None


class MoveClock(Json):
    """Forward by so much, as a duration or in seconds, or back to real time."""

    advance: str | int | None = None
    real: OnlyTrue | None = None

    @model_validator(mode="after")
    def _one_move(self) -> Self:
        if (self.advance is None) == (self.real is None):
            raise ValueError("give one of advance and real")
        return self


class Nothing(Json):
    """A body that says nothing."""


class NamedUser(Json):
    id: str
    email: str
    name: str | None


class SessionResponse(Json):
    session_id: str
    session_token: str | None
    refresh_token: str | None
    expires_at: int
    expires_in: int
    token_type: Literal["Bearer"]
    user: NamedUser
    refresh_expires_at: int
    device_id: str
    refresh_generation: int


class User(Json):
    id: str
    email: str
    name: str | None
    status: UserStatus
    metadata: dict[str, Any]
    created_at: int
    updated_at: int
    last_login_at: int | None


class SessionDevice(Json):
    id: str
    name: str


class Device(Json):
    id: str
    user_id: str
    name: str
    kind: str
    trusted: bool
    ip: str | None
    user_agent: str | None
    first_seen_at: int
    last_seen_at: int
    active_sessions: int


class Location(Json):
    country: str | None
    city: str | None


class Session(Json):
    id: str
    user_id: str
    user_email: str
    status: SessionStatus
    device: SessionDevice
    ip: str | None
    user_agent: str | None
    location: Location | None
    amr: list[str]
    created_at: int
    last_active_at: int
    refreshed_at: int | None
    idle_expires_at: int
    absolute_expires_at: int
    expires_at: int
    ended_at: int | None
    end_reason: EndReason | None
    end_note: str | None
    current: bool


class Valid(Json):
    valid: Literal[True]
    session: Session
    user: User
    expires_in: int


class Invalid(Json):
    valid: Literal[False]
    reason: Reason
    end_reason: EndReason | None


class OwnSession(Json):
    session: Session
    user: User


class OwnSessions(Json):
    sessions: list[Session]


class OwnDevices(Json):
    devices: list[Device]


class Revoked(Json):
    revoked: int


class Health(Json):
    status: Literal["ok"]


class Now(Json):
    now: int


class JwkSet(Json):
    keys: list[dict[str, str]]


class Problem(BaseModel):
    """An error as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str | None
    requestId: str
    #: Where a token is refused, and where that is because its session ended.
    reason: Reason | None = None
    endReason: EndReason | None = None


def invalid_request(error: ValidationError) -> InvalidRequest:
    """Return the refusal that names the first member that is wrong, and never its value."""
    return refuse_member(error.errors(include_input=False, include_url=False)[0])


def refuse_member(fault: Any) -> InvalidRequest:
    """Return the refusal for one fault, as pydantic describes it."""
    noun = "query parameter" if fault["loc"][:1] == ("query",) else "member"
    place = [str(part) for part in fault["loc"] if part not in ("body", "query")]
    if len(place) > 1 and place[-1] in _TYPES:
        place.pop()  # one of several types that it may have
    member = ".".join(place) or "the body"
    if fault["type"] == "extra_forbidden":
        return InvalidRequest(f"unknown {noun}: {member}")
    if fault["type"] == "missing":
        return InvalidRequest(f"missing {noun}: {member}")
    said = str(fault["msg"]).removeprefix("Value error, ")
    return InvalidRequest(f"{member}: {said[:1].lower()}{said[1:]}")


#: How the types of a union are called where one of them does not fit.
_TYPES = frozenset({"str", "int", "float", "bool"})
