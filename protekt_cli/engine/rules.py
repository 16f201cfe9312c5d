"""The rule behind each verdict, in one sentence for people, with the setting that it goes by.

The sentences tell what holds; the judging is done elsewhere.
"""

from __future__ import annotations

import re

from protekt_cli.config import Settings, reference
from protekt_cli.core.policy import Presented
from protekt_cli.errors import EndReason, Reason

_REASONS = {
    Reason.MALFORMED: "a token has exactly one spelling, and this is not one of ours",
    Reason.UNKNOWN_KEY: "it names no signing key that may verify here: one of another"
    " installation, or one that was revoked or has been pruned",
    Reason.BAD_SIGNATURE: "the key that it names did not sign it",
    Reason.WRONG_TYPE: "an access token says typ at+jwt (RFC 9068 4), and this one does not",
    Reason.WRONG_ISSUER: "its iss is not {issuer}, which tokens.issuer or server.public_url says",
    Reason.WRONG_AUDIENCE: "its aud is not the one of this installation ({tokens.audience})",
    Reason.NOT_YET_VALID: "its nbf or iat is still to come, by more than {tokens.leeway}",
    Reason.TOKEN_EXPIRED: "its exp has passed: an access token lives for {tokens.access_ttl}, and"
    " never past its session's deadlines; a refresh gives a new one",
    Reason.UNKNOWN_SESSION: "its session is not on record: pruned after {sessions.retention}, or"
    " deleted with its user",
}
_ENDS = {
    EndReason.LOGOUT: "it was logged out",
    EndReason.REVOKED_ALL: "it was revoked together with all sessions, or with all others, of its"
    " user or of everybody",
    EndReason.DEVICE_REVOKED: "the sessions of its device were revoked",
    EndReason.REVOKED: "it was revoked by itself, or with the master key or the database replaced",
    EndReason.REUSE_DETECTED: "a refresh token that had been rotated away was presented again,"
    " later than {sessions.reuse_grace} and {sessions.lost_answer_window} allow: nobody can tell"
    " the thief from the victim, so the whole family ended (RFC 9700 4.14.2)",
    EndReason.PASSWORD_CHANGED: "a new password ends every session of its user",
    EndReason.USER_DISABLED: "disabling or deleting a user ends every session of that user",
    EndReason.SESSION_LIMIT: "its user logged in once more than {sessions.max_per_user} allows,"
    " and it was the least recently active",
    EndReason.IDLE_TIMEOUT: "nobody used it before its idle deadline, which each use sets to"
    " {sessions.idle_timeout} from then",
    EndReason.REFRESH_EXPIRED: "its refresh deadline passed, which is {tokens.refresh_ttl} from"
    " the login, or from the last rotation where it slides ({sessions.sliding_expiration})",
    EndReason.ABSOLUTE_TIMEOUT: "its absolute deadline passed, which is"
    " {sessions.absolute_timeout} from the login and never moves",
    EndReason.RISK: "it was ended because of suspicious use",
}
_PRESENTED = {
    Presented.CURRENT: "it is the current refresh token: a refresh exchanges it for its one"
    " successor, or gives it back ({sessions.rotate_refresh_tokens})",
    Presented.CONCURRENT: "it was rotated away less than {sessions.reuse_grace} ago: a second tab"
    " gets the same successor again",
    Presented.LOST_ANSWER: "it was rotated away less than {sessions.lost_answer_window} ago and"
    " its successor was never seen: from where the rotation was asked for, the same successor is"
    " given again; from anywhere else it is reuse, and ends the session",
    Presented.PARENT_REUSED: "it was rotated away longer than {sessions.reuse_grace} ago, and its"
    " successor was seen, was given again too often, or is older than"
    " {sessions.lost_answer_window}: presenting it is reuse, and ends the session",
    Presented.ANCESTOR_REUSED: "it was rotated away before the last rotation, which neither"
    " {sessions.reuse_grace} nor {sessions.lost_answer_window} excuses: presenting it is reuse,"
    " and ends the session",
}
_VALID = (
    "nobody has ended the session and none of its deadlines has passed ({sessions.idle_timeout},"
    " {tokens.refresh_ttl}, {sessions.absolute_timeout})"
)

_SETTING = re.compile(r"\{(\w+\.\w+)\}")


def of_valid(settings: Settings) -> str:
    return _filled(_VALID, settings)


def of_reason(reason: Reason, settings: Settings) -> str:
    """Return why a token is refused that is no ended session's."""
    return _filled(_REASONS[reason], settings)


def of_end(reason: EndReason, settings: Settings) -> str:
    """Return why a session ended."""
    return _filled(_ENDS[reason], settings)


def of_presented(presented: Presented, settings: Settings) -> str:
    """Return what a genuine refresh token of a live session is worth."""
    return _filled(_PRESENTED[presented], settings)


def _filled(sentence: str, settings: Settings) -> str:
    """Put in the place of each name the setting as it would stand in the file."""
    keys = {key.name: key for key in reference()}

    def shown(match: re.Match[str]) -> str:
        name = match[1]
        return f"{name} = {keys[name].text(settings.value(name))}"

    return _SETTING.sub(shown, sentence).replace("{issuer}", settings.issuer)
