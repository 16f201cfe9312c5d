"""What answers must look like: their fields, and how those agree with the model.

A field that tells an instant which the model knows only roughly makes the model know it exactly,
so that a later answer has to agree with an earlier one.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.faults.installations import Settings
from tests.faults.model import ALIVE, EXPIRIES, AccessToken, Divergence, Session
from tests.faults.span import Span

Json = dict[str, Any]

_SESSION = {
    *("id", "userId", "userEmail", "status", "device", "ip", "userAgent", "location", "amr"),
    *("createdAt", "lastActiveAt", "refreshedAt", "idleExpiresAt", "absoluteExpiresAt"),
    *("expiresAt", "endedAt", "endReason", "endNote", "current"),
}
_GRANT = {
    *("sessionId", "sessionToken", "refreshToken", "expiresAt", "expiresIn", "tokenType", "user"),
    *("refreshExpiresAt", "deviceId", "refreshGeneration"),
}


def agree(what: str, expected: object, actual: object) -> None:
    """Refuse a value that is not the one expected."""
    if expected != actual:
        raise Divergence(f"{what} is {actual!r}, expected {expected!r}")


def within(what: str, second: object, span: Span) -> Span:
    """Refuse an instant that cannot be; return it as it is known from now on."""
    if not isinstance(second, int) or second not in span:
        raise Divergence(f"{what} is {second!r}, expected one in {span}")
    return Span.at(second)


def claims_of(token: str) -> tuple[Json, Json]:
    """Return a token's header and claims, unverified."""
    header, payload, _ = token.split(".")
    parts = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in (header, payload))
    read_header, read_payload = (json.loads(part) for part in parts)
    return read_header, read_payload


def started(body: Json, user_id: str, now: Span, settings: Settings, **about: Any) -> Session:
    """Return the session that a login's answer tells of; its deadlines count from one instant."""
    agree("the fields", set(), _GRANT - set(body))
    agree("user.id", user_id, body["user"]["id"])
    first = min(settings.refresh_ttl, settings.absolute_timeout)
    created = body["refreshExpiresAt"] - first
    within("the creation", created, now)
    session = Session(
        id=body["sessionId"],
        user_id=user_id,
        device_id=body["deviceId"],
        created=created,
        absolute=created + settings.absolute_timeout,
        refresh=Span.at(created + settings.refresh_ttl),
        idle=Span.at(created + settings.idle_timeout),
        active=Span.at(created),
        first_generation=body["refreshGeneration"],
        **about,
    )
    session.family.append(body["refreshToken"])
    return session


def granted(session: Session, body: Json, now: Span, settings: Settings) -> AccessToken:
    """Check a session response that came of a login or a refresh; return its access token."""
    agree("the fields", set(), _GRANT - set(body))
    agree("sessionId", session.id, body["sessionId"])
    agree("deviceId", session.device_id, body["deviceId"])
    agree("user.id", session.user_id, body["user"]["id"])
    agree("tokenType", "Bearer", body["tokenType"])
    agree("refreshGeneration", session.first_generation + session.generation,
          body["refreshGeneration"])  # fmt: skip
    _know_refresh_deadline(session, body["refreshExpiresAt"])
    token = _access_token(session, body["sessionToken"], now, settings)
    agree("expiresAt", token.expires, body["expiresAt"])
    within("expiresIn", body["expiresIn"], Span(token.expires, token.expires) - now)
    session.tokens.append(token)
    return token


def shown(session: Session, body: Json, now: Span, settings: Settings) -> None:
    """Check a session's JSON, and learn from it; *session* may be alive or not."""
    agree("the fields", set(), _SESSION - set(body))
    agree("id", session.id, body["id"])
    agree("userId", session.user_id, body["userId"])
    agree("device.id", session.device_id, body["device"]["id"])
    agree("ip", session.ip, body["ip"])
    agree("userAgent", session.user_agent, body["userAgent"])
    agree("amr", list(session.amr), body["amr"])
    agree("createdAt", session.created, body["createdAt"])
    agree("absoluteExpiresAt", session.absolute, body["absoluteExpiresAt"])
    fate = ALIVE if body["status"] == "active" else body["endReason"]
    session.learn(fate, now, settings)
    session.idle = within(f"idleExpiresAt of {session}", body["idleExpiresAt"], session.idle)
    session.active = within(f"lastActiveAt of {session}", body["lastActiveAt"], session.active)
    _check_refreshed(session, body["refreshedAt"])
    _check_end(session, fate, body)


def _check_refreshed(session: Session, second: int | None) -> None:
    if session.refreshed is not None:
        session.refreshed = within("refreshedAt", second, session.refreshed)
    elif second not in (None, session.created):
        raise Divergence(f"refreshedAt is {second} of a session that was not refreshed")


def _check_end(session: Session, fate: str, body: Json) -> None:
    earliest = Span(
        min(deadline.first for deadline in session.deadlines()),
        min(deadline.last for deadline in session.deadlines()),
    )
    if fate == ALIVE:
        within(f"expiresAt of {session}", body["expiresAt"], earliest)
        agree("endedAt", None, body["endedAt"])
        agree("endReason", None, body["endReason"])
        return
    agree("status", "expired" if fate in EXPIRIES else "revoked", body["status"])
    if session.end is None:
        raise AssertionError("a session that is not alive has an end")
    at = within(f"endedAt of {session}", body["endedAt"], session.end.at)
    session.end.at = at
    if fate in EXPIRIES:
        agree("expiresAt", body["endedAt"], body["expiresAt"])


def _know_refresh_deadline(session: Session, second: int) -> None:
    if session.refresh.first <= second < session.absolute:
        session.refresh = within("refreshExpiresAt", second, session.refresh)
        return
    agree("refreshExpiresAt", session.absolute, second)
    if session.refresh.last < session.absolute:
        raise Divergence(f"refreshExpiresAt is {second}, expected one in {session.refresh}")
    session.refresh = Span(max(session.refresh.first, session.absolute), session.refresh.last)


def _access_token(session: Session, text: str, now: Span, settings: Settings) -> AccessToken:
    header, claims = claims_of(text)
    agree("typ", "at+jwt", header["typ"])
    agree("alg", settings.algorithm, header["alg"])
    agree("sub", session.user_id, claims["sub"])
    agree("sid", session.id, claims["sid"])
    agree("amr", list(session.amr), claims["amr"])
    agree("aud", ["protekt"], claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]])
    generation, _, random = claims["jti"].partition(".")
    agree("the generation in jti", str(session.first_generation + session.generation), generation)
    if not random:
        raise Divergence(f"jti is {claims['jti']!r}")
    within("iat", claims["iat"], now)
    within("nbf", claims["nbf"], now)
    until = claims["iat"] + settings.access_ttl
    latest = Span(
        min(until, session.absolute, session.refresh.first),
        min(until, session.absolute, session.refresh.last),
    )
    within("exp", claims["exp"], latest)
    return AccessToken(text, session, session.generation, claims["nbf"], claims["exp"])
