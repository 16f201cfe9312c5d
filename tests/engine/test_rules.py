"""The sentences behind the verdicts: there is one for each, and none promises a missing setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from protekt_cli.core.policy import Presented
from protekt_cli.engine import rules
from protekt_cli.errors import EndReason, Reason
from tests.conftest import configure

#: What explaining never finds: no credential at all, and what only a request can get wrong.
ELSEWHERE = {
    Reason.MISSING,
    Reason.BINDING_MISMATCH,
    Reason.IP_MISMATCH,
    Reason.SESSION_REVOKED,
    Reason.SESSION_EXPIRED,
}


@pytest.mark.parametrize("reason", [each for each in Reason if each not in ELSEWHERE])
def test_each_reason_has_its_sentence(reason: Reason, tmp_path: Path) -> None:
    """With every setting filled in."""
    assert "{" not in rules.of_reason(reason, configure(tmp_path))


@pytest.mark.parametrize("reason", list(EndReason))
def test_each_end_has_its_sentence(reason: EndReason, tmp_path: Path) -> None:
    """With every setting filled in."""
    assert "{" not in rules.of_end(reason, configure(tmp_path))


@pytest.mark.parametrize(
    "presented", [each for each in Presented if each is not Presented.NEVER_ISSUED]
)
def test_each_refresh_token_has_its_sentence(presented: Presented, tmp_path: Path) -> None:
    """With every setting filled in."""
    assert "{" not in rules.of_presented(presented, configure(tmp_path))


def test_sentence_names_the_setting_with_its_value(tmp_path: Path) -> None:
    """As it would stand in the file."""
    settings = configure(tmp_path, {"sessions.max_per_user": 3})

    assert "sessions.max_per_user = 3 " in rules.of_end(EndReason.SESSION_LIMIT, settings)
    assert settings.issuer in rules.of_reason(Reason.WRONG_ISSUER, settings)
