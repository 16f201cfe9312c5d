"""Users by the admin API: created, found, listed, changed, deleted, and given a password."""

from __future__ import annotations

import pytest

from protekt_cli.errors import InvalidCredentials
from tests.conftest import AddUser, HandClock, Person
from tests.server.admin.asking import Administrator

NEW = "rabbit holes go deep"


def test_create_answers_the_user(boss: Administrator, clock: HandClock) -> None:
    """With everything that was given, and nothing of the password."""
    body = {"email": " Bob@Example.com ", "name": "Bob", "password": NEW, "metadata": {"a": [1]}}

    answered = boss.ask("POST", "users", body)

    created, now = answered.json(), clock.now().seconds
    assert (answered.status, answered.header(b"cache-control")) == (201, b"no-store")
    assert created == {
        "id": created["id"],
        "email": "Bob@Example.com",
        "name": "Bob",
        "status": "active",
        "metadata": {"a": [1]},
        "createdAt": now,
        "updatedAt": now,
        "lastLoginAt": None,
    }
    assert boss.get(f"users/{created['id']}") == created
    assert boss.app.log_in("bob@example.com", NEW).user.id == created["id"]
    assert [(e["userId"], e["actor"]) for e in boss.events("user:create")] == [
        (created["id"], boss.id)
    ]


def test_create_without_a_password_makes_a_user_who_cannot_log_in_by_one(
    boss: Administrator,
) -> None:
    """Whatever may be left out may be null as well."""
    body = {"email": "ci@example.com", "name": None, "password": None, "metadata": None}

    created = boss.ask("POST", "users", body).json()

    assert (created["name"], created["metadata"]) == (None, {})
    with pytest.raises(InvalidCredentials):
        boss.app.log_in("ci@example.com", "")


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "email"),
        ({"email": None}, "email"),
        ({"email": "nobody"}, "e-mail"),
        ({"email": "a@b", "password": "short"}, "too short"),
        ({"email": "a@b", "password": "x" * 1025}, "too long"),
        ({"email": "a@b", "password": 12345678}, "password"),
        ({"email": "a@b", "metadata": []}, "metadata"),
        ({"email": "a@b", "status": "disabled"}, "status"),
    ],
)
def test_create_says_what_is_wrong(boss: Administrator, body: object, part: str) -> None:
    """And creates nobody."""
    answered = boss.ask("POST", "users", body)

    assert (answered.status, answered.code()) == (400, "invalid_request")
    assert part in answered.json()["detail"]
    assert boss.ids("users") == []


def test_create_refuses_the_email_of_another(boss: Administrator, alice: Person) -> None:
    """In whichever case."""
    answered = boss.ask("POST", "users", {"email": alice.email.upper()})

    assert (answered.status, answered.code()) == (409, "conflict")


def test_user_is_found_by_id_start_and_email(boss: Administrator, alice: Person) -> None:
    """As on the command line."""
    for named in (alice.id, alice.id[:15], alice.email, "ALICE@example.com"):
        assert boss.get(f"users/{named}")["id"] == alice.id


@pytest.mark.parametrize(
    ("named", "status", "code"),
    [
        ("user_0000000000", 404, "not_found"),
        ("nobody@example.com", 404, "not_found"),
        ("sess_00000000", 404, "not_found"),
        ("user_01", 400, "ambiguous_id"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "PUT"])
def test_nobody_is_changed_by_a_name_that_fits_nobody(
    boss: Administrator, alice: Person, method: str, named: str, status: int, code: str
) -> None:
    """Or that may fit several."""
    path = f"users/{named}/password" if method == "PUT" else f"users/{named}"
    body = {"PATCH": {"name": "X"}, "PUT": {"password": NEW}}.get(method)

    answered = boss.ask(method, path, body)

    assert (answered.status, answered.code()) == (status, code)
    assert boss.get(f"users/{alice.id}")["name"] is None


def test_update_changes_what_is_given(boss: Administrator, alice: Person, clock: HandClock) -> None:
    """Null is as good as absent, metadata is replaced whole, and sessions live on."""
    token = alice.login().access_token
    boss.ask("PATCH", f"users/{alice.id}", {"name": "Alice", "metadata": {"a": 1, "b": 2}})
    clock.advance(5)

    answered = boss.ask(
        "PATCH", f"users/{alice.id}", {"email": "liddell@example.com", "metadata": {"b": 3}}
    )
    again = boss.ask("PATCH", f"users/{alice.id}", {"email": None, "metadata": None})

    changed = answered.json()
    assert answered.status == 200
    assert (changed["email"], changed["name"]) == ("liddell@example.com", "Alice")
    assert changed["metadata"] == {"b": 3}
    assert changed["updatedAt"] == clock.now().seconds
    assert again.json() == changed
    assert [e["actor"] for e in boss.events("user:update")] == [boss.id] * 2
    assert boss.app.ask("GET", "/v1/session", bearer=token).status == 200


def test_update_takes_a_name_away_with_null(boss: Administrator, alice: Person) -> None:
    """The one member whose null says something."""
    boss.ask("PATCH", f"users/{alice.id}", {"name": "Alice"})

    changed = boss.ask("PATCH", f"users/{alice.id}", {"name": None})

    assert changed.json()["name"] is None


def test_update_disables_and_enables(boss: Administrator, alice: Person) -> None:
    """Disabling ends every session at once; enabling brings none back."""
    token = alice.login().access_token

    disabled = boss.ask("PATCH", f"users/{alice.email}", {"status": "disabled"})
    refused = boss.app.ask("GET", "/v1/session", bearer=token)
    enabled = boss.ask("PATCH", f"users/{alice.email}", {"status": "active"})

    assert (disabled.json()["status"], enabled.json()["status"]) == ("disabled", "active")
    assert refused.json()["endReason"] == "user_disabled"
    assert boss.app.ask("GET", "/v1/session", bearer=token).status == 401
    for type_ in ("user:disable", "user:enable"):
        assert [e["actor"] for e in boss.events(type_)] == [boss.id]


def test_update_is_whole_or_not_at_all(
    boss: Administrator, alice: Person, add_user: AddUser
) -> None:
    """What is wrong with one member takes the others back."""
    bob = add_user(alice.engine, "bob@example.com", NEW)
    before = boss.get(f"users/{bob.id}")

    answered = boss.ask(
        "PATCH",
        f"users/{bob.id}",
        {"name": "Bob", "email": alice.email, "status": "disabled"},
    )

    assert (answered.status, answered.code()) == (409, "conflict")
    assert boss.get(f"users/{bob.id}") == before


@pytest.mark.parametrize(
    "body", [None, [], {"status": "gone"}, {"nmae": "X"}, {"id": "user_1"}, {"password": NEW}]
)
def test_update_refuses_what_it_does_not_know(
    boss: Administrator, alice: Person, body: object
) -> None:
    """A password has a path of its own."""
    answered = boss.ask("PATCH", f"users/{alice.id}", body)

    assert (answered.status, answered.code()) == (400, "invalid_request")


def test_delete_takes_sessions_and_devices_along(boss: Administrator, alice: Person) -> None:
    """Their events stay, also to be listed by the id that was."""
    token = alice.login().access_token

    answered = boss.ask("DELETE", f"users/{alice.email}")

    assert (answered.status, answered.body) == (204, b"")
    assert boss.app.ask("GET", "/v1/session", bearer=token).status == 401
    assert boss.ids("sessions", status="all") == boss.ids("devices") == boss.ids("users") == []
    assert boss.ask("GET", f"users/{alice.id}").status == 404
    assert [e["actor"] for e in boss.events("user:delete")] == [boss.id]
    assert boss.get("events", user=alice.id)["items"]


def test_set_password_ends_every_session(boss: Administrator, alice: Person) -> None:
    """The new one works, the old one does not."""
    token = alice.login().access_token

    answered = boss.ask("PUT", f"users/{alice.email}/password", {"password": NEW})

    assert (answered.status, answered.body) == (204, b"")
    refused = boss.app.ask("GET", "/v1/session", bearer=token)
    assert refused.json()["endReason"] == "password_changed"
    assert alice.login(password=NEW).user.id == alice.id
    with pytest.raises(InvalidCredentials):
        alice.login()
    assert [e["actor"] for e in boss.events("user:password")] == [boss.id]


def test_set_password_refuses_one_that_may_not_be(boss: Administrator, alice: Person) -> None:
    """And leaves the old one."""
    answered = boss.ask("PUT", f"users/{alice.id}/password", {"password": "short"})

    assert (answered.status, answered.code()) == (400, "invalid_request")
    assert alice.login().user.id == alice.id


def test_list_is_newest_first_and_filtered(
    boss: Administrator, add_user: AddUser, clock: HandClock
) -> None:
    """By status, and by a part of e-mail or name in any case: all that is given must hold."""
    people = {}
    for name in ("ann", "bob", "Änne"):
        people[name] = add_user(boss.app.engine, f"{name}@example.com", NEW).id
        clock.advance(1)
    boss.ask("PATCH", f"users/{people['bob']}", {"name": "ÄNNE's friend", "status": "disabled"})

    assert boss.ids("users") == [people["Änne"], people["bob"], people["ann"]]
    assert boss.ids("users", search="NN") == [people["Änne"], people["bob"], people["ann"]]
    assert boss.ids("users", search="änne") == [people["Änne"], people["bob"]]
    assert boss.ids("users", search="ANN@") == [people["ann"]]
    assert boss.ids("users", search="änne", status="disabled") == [people["bob"]]
    assert boss.ids("users", search="") == boss.ids("users")
    assert boss.ids("users", search="nobody") == []


def test_list_of_a_search_comes_in_pages(boss: Administrator, add_user: AddUser) -> None:
    """As every list."""
    found = {add_user(boss.app.engine, f"{n}@example.com", NEW).id for n in range(5)}
    add_user(boss.app.engine, "x@elsewhere.org", NEW)

    pages = boss.pages("users", search="EXAMPLE", limit=2)

    assert [len(page) for page in pages] == [2, 2, 1]
    assert {id_ for page in pages for id_ in page} == found
