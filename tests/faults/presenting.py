"""What presenting an access token may be answered with, and what it changes.

The same rules hold for a request made with the token and for one that asks about it; only where
the device and the address come from differs, and that is the asker's matter.
"""

from __future__ import annotations

from tests.faults.context import Binding
from tests.faults.installations import Settings
from tests.faults.model import ALIVE, AccessToken, Divergence, Refusal, refusal_for
from tests.faults.span import Span

Verdicts = dict[Refusal | None, str | None]


def judge(
    token: AccessToken, binding: Binding, now: Span, settings: Settings, *, is_logout: bool = False
) -> Verdicts:
    """Return every verdict that is right, and the fate of the session that it shows.

    A session can be logged out with a token whose only fault is that it has expired.
    """
    verdicts: Verdicts = {}
    for age in token.ages(now, settings.leeway):
        if age is not None and not (is_logout and age == "token_expired"):
            verdicts[age, None] = None
            continue
        for fate in token.session.fates(now, settings):
            refusal = refusal_for(fate)
            if refusal is None and binding.refusal is not None:
                refusal = binding.refusal, None
            if refusal is not None and age is not None:
                verdicts[age, None] = None  # the first fault is the one that is named
            else:
                verdicts[refusal] = fate
    return verdicts


def take_in(
    token: AccessToken,
    verdict: Refusal | None,
    binding: Binding,
    now: Span,
    settings: Settings,
    *,
    is_use: bool | None = True,
    is_logout: bool = False,
) -> None:
    """Take in a verdict: what it tells of the session, and what the presentation changed.

    A granted request is a use; where *is_use* is None it may be, for it was refused for another
    reason than its token.
    """
    verdicts = judge(token, binding, now, settings, is_logout=is_logout)
    if verdict not in verdicts:
        raise Divergence(f"{verdict} where {verdicts} may be, for {token} in {now}")
    session, fate = token.session, verdicts[verdict]
    if fate is not None:
        session.learn(fate, now, settings)
    if fate == ALIVE and binding.recorded:
        session.changes.append(binding.recorded)
    if verdict is None:
        session.show(token.generation)
        session.use(now, settings, is_sure=is_use is True)
    elif verdict[0] == "token_expired":
        session.show(token.generation)
    elif fate in (None, ALIVE):  # refused for its binding, or too early: whether it shows is open
        session.show(token.generation, is_sure=False)


def leave_open(token: AccessToken, binding: Binding, now: Span, settings: Settings) -> None:
    """Take in that a request was refused before or after its token was judged: either is right."""
    session = token.session
    session.show(token.generation, is_sure=False)
    if ALIVE in session.fates(now, settings):
        session.use(now, settings, is_sure=False)
        session.changes.append(binding.ignored().recorded)
