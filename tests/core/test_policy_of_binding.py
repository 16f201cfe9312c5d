"""Whether a request comes from where its session began, and what follows where it does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protekt_cli.core import policy
from protekt_cli.core.networks import are_near
from protekt_cli.core.policy import Bindings, Enforcement, Mismatch
from protekt_cli.errors import Reason
from protekt_cli.models import Caller, Session

MakeSession = Callable[..., Session]

OFF, LOG, ENFORCE = Enforcement
OWN = "dev_01m89p8egtf6krsajn10k33wyx"


@pytest.mark.parametrize(
    ("device", "presented", "refuses"),
    [
        (OFF, "dev_other", None),
        (OFF, None, None),
        (LOG, OWN, None),
        (LOG, "dev_other", False),
        (LOG, "", False),
        (LOG, None, None),
        (ENFORCE, OWN, None),
        (ENFORCE, OWN.upper(), True),
        (ENFORCE, "dev_other", True),
        (ENFORCE, None, True),
    ],
)
def test_a_session_is_bound_to_its_device(
    make_session: MakeSession, device: Enforcement, presented: str | None, refuses: bool | None
) -> None:
    """None where it fits; a missing id misfits only where it is enforced."""
    bindings = Bindings(device=device, ip=OFF)

    found = policy.judge_binding(make_session(), Caller(device_id=presented), bindings)

    assert found == (
        () if refuses is None else (Mismatch("device", Reason.BINDING_MISMATCH, refuses),)
    )


@pytest.mark.parametrize(
    ("ip", "began", "presented", "refuses"),
    [
        (OFF, "192.0.2.1", "198.51.100.1", None),
        (LOG, "192.0.2.1", "192.0.2.200", None),
        (LOG, "192.0.2.1", "192.0.3.1", False),
        (LOG, "192.0.2.1", None, None),
        (ENFORCE, "192.0.2.1", "192.0.2.200", None),
        (ENFORCE, "192.0.2.1", "192.0.3.1", True),
        (ENFORCE, "192.0.2.1", "2001:db8::1", True),
        (ENFORCE, "192.0.2.1", None, True),
        (ENFORCE, "2001:db8:1::1", "2001:db8:1:9::1", None),
        (ENFORCE, "2001:db8:1::1", "2001:db8:2::1", True),
        (ENFORCE, None, "192.0.2.1", None),
        (ENFORCE, None, None, None),
    ],
)
def test_a_session_is_bound_to_its_network(
    make_session: MakeSession,
    ip: Enforcement,
    began: str | None,
    presented: str | None,
    refuses: bool | None,
) -> None:
    """The /24 or /48 of the login; a session that has no address fits every one."""
    found = policy.judge_binding(
        make_session(ip=began), Caller(ip=presented), Bindings(device=OFF, ip=ip)
    )

    assert found == (() if refuses is None else (Mismatch("ip", Reason.IP_MISMATCH, refuses),))


def test_both_are_judged_and_the_device_first(make_session: MakeSession) -> None:
    """Whatever the first leads to, the second is found as well."""
    elsewhere = Caller("198.51.100.1", device_id="dev_other")

    found = policy.judge_binding(
        make_session(ip="192.0.2.1"), elsewhere, Bindings(device=LOG, ip=ENFORCE)
    )

    assert [(each.kind, each.refuses) for each in found] == [("device", False), ("ip", True)]


def test_what_is_never_refused_is_still_recorded() -> None:
    """As for logging out: nothing is enforced, and what is off stays off."""
    enforced = Bindings(ENFORCE, ENFORCE).without_refusal()
    mixed = Bindings(OFF, LOG).without_refusal()

    assert (enforced.device, enforced.ip) == (LOG, LOG)
    assert (mixed.device, mixed.ip) == (OFF, LOG)


@pytest.mark.parametrize("address", ["", "unknown", "192.0.2", "192.0.2.1.1"])
def test_what_is_no_address_is_near_itself_alone(address: str) -> None:
    """It is in no network."""
    assert are_near(address, address)
    assert not are_near(address, "192.0.2.1")
