"""`protekt devices`: list, show, rename, trust, untrust, revoke."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from protekt_cli.cli.devices import FIELDS
from tests.cli.conftest import AddUser
from tests.cli.running import PASSWORD, Run, Terminal, session_of

UNKNOWN = "dev_00000000000000000000000000"


def shown(protekt: Run, device_id: str) -> dict[str, Any]:
    """Return a device as it stands."""
    answer: dict[str, Any] = protekt("devices", "show", device_id, "--json").json
    return answer


@pytest.fixture
def device(protekt: Run, logged_in: str) -> str:
    """The device of this machine's login."""
    session: dict[str, Any] = session_of(protekt, logged_in)
    device_id: str = session["device"]["id"]
    return device_id


@pytest.fixture
def busy(protekt: Run, device: str, alice: str) -> list[str]:
    """Two sessions on the device of this machine, the newest first."""
    protekt("login", alice, "--password-stdin", stdin=PASSWORD)
    return protekt("sessions", "list", "--device", device, "--ids").out.split()


def test_list_shows_devices_newest_first(protekt: Run, device: str, alice: str) -> None:
    """Each with how many of its sessions are active at this moment."""
    issued = protekt("token", "issue", alice, "--json").json
    protekt("sessions", "revoke", issued["sessionId"])

    answer = protekt("devices", "list", "--json").json

    counts = [(each["id"], each["activeSessions"]) for each in answer]
    assert counts == [(issued["deviceId"], 0), (device, 1)]


def test_list_has_every_member_of_a_device_as_csv(protekt: Run, device: str) -> None:
    """No member of the JSON is missing in the CSV."""
    assert tuple(protekt("devices", "list", "--json").json[0]) == FIELDS
    assert protekt("devices", "list", "--csv").out.splitlines()[0] == ",".join(FIELDS)


def test_list_of_a_user_shows_no_others(protekt: Run, device: str, add_user: AddUser) -> None:
    """By e-mail or id, whole or cut; an unknown user is exit 3."""
    bob = add_user("bob@example.com")
    theirs = protekt("token", "issue", bob, "--json").json["deviceId"]

    listed = [
        protekt("devices", "list", "--user", named, "--ids").out.split()
        for named in ("BOB@example.com", bob, "alice@example.com")
    ]

    assert listed == [[theirs], [theirs], [device]]
    assert protekt("devices", "list", "--user", "nobody@example.com").code == 3


def test_list_is_cut_with_a_note(protekt: Run, device: str, alice: str) -> None:
    """More than the limit is not shown, and said so on stderr."""
    newest = protekt("token", "issue", alice, "--json").json["deviceId"]

    cut, whole = (protekt("devices", "list", "--ids", "--limit", limit) for limit in "10")

    assert cut.out.split() == [newest]
    assert "--limit 0" in cut.err
    assert (whole.out.split(), whole.err) == ([newest, device], "")


def test_show_is_the_whole_device(protekt: Run, device: str, alice: str) -> None:
    """A cut id is enough."""
    answer = shown(protekt, device[: len("dev_") + 20])

    user_id = protekt("users", "show", alice, "--json").json["id"]
    assert tuple(answer) == FIELDS
    assert (answer["id"], answer["userId"], answer["activeSessions"]) == (device, user_id, 1)
    assert (answer["trusted"], answer["kind"]) == (False, "terminal")


def test_rename_holds_for_the_sessions_too(protekt: Run, device: str, logged_in: str) -> None:
    """Wherever the device is named, by its new name."""
    done = protekt("devices", "rename", device, " attic ", "--json")

    session: dict[str, Any] = session_of(protekt, logged_in)
    assert (done.code, done.json["name"]) == (0, "attic")
    assert done.json == shown(protekt, device)
    assert session["device"] == {"id": device, "name": "attic"}


@pytest.mark.parametrize("name", ["", " \t", "x" * 101])
def test_impossible_name_changes_nothing(protekt: Run, device: str, name: str) -> None:
    """Empty, or longer than a hundred characters: exit 2."""
    before = shown(protekt, device)

    done = protekt("devices", "rename", device, name)

    assert (done.code, done.out) == (2, "")
    assert shown(protekt, device) == before


def test_trust_is_given_and_taken(protekt: Run, device: str) -> None:
    """Each command shows the device as it is then; twice is no error."""
    verbs = ("trust", "trust", "untrust", "untrust")

    answers = [protekt("devices", verb, device, "--json").json for verb in verbs]

    assert [answer["trusted"] for answer in answers] == [True, True, False, False]
    assert shown(protekt, device) == answers[-1]


def test_revoke_ends_the_sessions_and_removes_the_device(
    protekt: Run, device: str, busy: list[str], alice: str
) -> None:
    """They keep its id and name; other devices' sessions live on."""
    other = protekt("token", "issue", alice, "--json").json["sessionId"]
    before = [session_of(protekt, session)["device"] for session in busy]

    done = protekt("devices", "revoke", device, "--yes", "--json")

    ended = [session_of(protekt, session) for session in busy]
    assert done.json == {"revoked": 2, "ids": busy, "notFound": [], "dryRun": False}
    assert [session["endReason"] for session in ended] == ["device_revoked"] * 2
    assert [session["device"] for session in ended] == before
    assert session_of(protekt, other)["status"] == "active"


@pytest.mark.parametrize(
    "command",
    [
        ["show", "{}"],
        ["rename", "{}", "x"],
        ["trust", "{}"],
        ["untrust", "{}"],
        ["revoke", "{}"],
    ],
    ids=lambda words: words[0],
)
def test_revoked_device_is_not_found(protekt: Run, device: str, command: list[str]) -> None:
    """Exit 3 ever after, and unlisted."""
    protekt("devices", "revoke", device)

    done = protekt("devices", *(word.format(device) for word in command))

    assert done.code == 3
    assert protekt("devices", "list", "--json").json == []


def test_login_on_a_revoked_device_gets_another(protekt: Run, device: str, alice: str) -> None:
    """This machine still names the old one, which is accepted no more."""
    protekt("devices", "revoke", device)

    answer = protekt("login", alice, "--password-stdin", "--json", stdin=PASSWORD).json

    assert answer["session"]["device"]["id"] != device


def test_revoke_of_an_unknown_device_reports_it(protekt: Run, alice: str) -> None:
    """The report is on stdout, the refusal on stderr; `notFound` is the device's id."""
    done = protekt("devices", "revoke", UNKNOWN, "--json")

    assert done.code == 3
    assert done.json == {"revoked": 0, "ids": [], "notFound": [UNKNOWN], "dryRun": False}
    assert json.loads(done.err)["error"]["code"] == "not_found"


def test_revoke_of_one_session_asks_nobody(protekt: Run, device: str) -> None:
    """Only where more than one would end is anything asked."""
    done = protekt("devices", "revoke", device)

    assert (done.code, done.out) == (0, "1 device removed\n1 session revoked\n")


def test_revoke_of_several_sessions_needs_yes_or_a_terminal(
    protekt: Run, device: str, busy: list[str]
) -> None:
    """Where nobody can be asked the flag is named, and nothing changes."""
    done = protekt("devices", "revoke", device)

    assert (done.code, done.out) == (2, "")
    assert "--yes" in done.err
    assert shown(protekt, device)["activeSessions"] == 2


@pytest.mark.parametrize(("answer", "code", "left"), [("n", 1, 1), ("y", 0, 0)])
def test_revoke_of_several_sessions_asks_at_a_terminal(
    protekt: Run, device: str, busy: list[str], answer: str, code: int, left: int
) -> None:
    """With how many would end; anything but yes changes nothing."""
    terminal = Terminal("devices", "revoke", device)

    terminal.until("ends 2 sessions").type(f"{answer}\n")

    assert terminal.end() == code
    assert len(protekt("devices", "list", "--json").json) == left


def test_dry_run_of_revoke_changes_nothing(protekt: Run, device: str, busy: list[str]) -> None:
    """The same report, without --yes, and without the master key."""
    Path("protekt.key").unlink()

    done = protekt("devices", "revoke", device, "--dry-run", "--json")

    assert done.json == {"revoked": 2, "ids": busy, "notFound": [], "dryRun": True}
    assert shown(protekt, device)["activeSessions"] == 2


def test_revoke_is_an_event(protekt: Run, device: str, logged_in: str) -> None:
    """Behind the ends of its sessions, by the command line."""
    protekt("devices", "revoke", device)

    events = protekt("events", "list", "--json").json[-2:]
    assert [(each["type"], each["deviceId"], each["actor"]) for each in events] == [
        ("session:revoke", device, "cli"),
        ("device:revoke", device, "cli"),
    ]


def test_name_of_a_device_acts_on_nothing(protekt: Run, alice: str) -> None:
    """What a client called its device is shown with its escapes made visible."""
    protekt("token", "issue", alice, "--device", "\x1b[2J[red]\u202e")

    done = protekt("devices", "list")

    assert done.lines[1][1] == r"\x1b[2J[red]\u202e"
