"""Commands beside a running server, each compared with the reference model.

An administrator's doings: users made, disabled and deleted, and sessions ended from a shell.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.faults.answers import agree, within
from tests.faults.client import Finished, Server
from tests.faults.context import Context
from tests.faults.driving import Driver
from tests.faults.history import one
from tests.faults.model import Session
from tests.faults.span import Span
from tests.faults.world import Device, User


class Commanding:
    """What an administrator does on the database that the server runs on."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._world = driver.world
        self._server: Server = driver.server

    def create_user(self, email: str, password: str) -> User:
        """Create a user."""
        done = self._run("users", "create", email, "--password-stdin", "--json", given=password)
        user = User(done.shown["id"], email, password)
        agree("email", email, done.shown["email"])
        agree("status", "active", done.shown["status"])
        user.changes.append([one("user:create")])
        self._world.users.append(user)
        return user

    def disable(self, user: User) -> None:
        """Disable a user, which ends every session."""
        done = self._run("users", "disable", user.email)
        self._world.end(self._world.of_user(user.id), "user_disabled", done.now)
        user.is_disabled = True
        user.changes.append([one("user:disable")])

    def enable(self, user: User) -> None:
        """Enable a user, which revives nothing."""
        self._run("users", "enable", user.id)
        user.is_disabled = False
        user.changes.append([one("user:enable")])

    def set_password(self, user: User, password: str) -> None:
        """Set a user's password, which ends every session."""
        done = self._run("users", "set-password", user.email, "--password-stdin", given=password)
        self._world.end(self._world.of_user(user.id), "password_changed", done.now)
        user.password = password
        user.changes.append([one("user:password")])

    def delete(self, user: User) -> None:
        """Delete a user, with sessions and devices."""
        self._run("users", "delete", user.id, "--yes")
        user.changes.append([one("user:delete")])
        self._world.delete(user)

    def revoke_session(self, session: Session) -> None:
        """End one session by its id; one that is not there any more is not found."""
        done = self._server.command("sessions", "revoke", session.id, "--yes", "--json")
        if session.is_gone or done.code == 3:
            agree(f"the code of {done}", 3, done.code)
            agree("notFound", [session.id], done.shown["notFound"])
            return
        self._end(done, [session], "revoked")

    def revoke_of_user(self, user: User) -> None:
        """End the sessions of one user."""
        done = self._run("sessions", "revoke", "--user", user.email, "--yes", "--json")
        self._end(done, self._world.of_user(user.id), "revoked_all")

    def revoke_of_device(self, device: Device) -> None:
        """End the sessions of one device, which stays."""
        done = self._run("sessions", "revoke", "--device", device.id, "--yes", "--json")
        self._end(done, self._world.of_device(device.id), "device_revoked")

    def revoke_all(self) -> None:
        """End every session."""
        done = self._run("sessions", "revoke", "--all", "--yes", "--json")
        self._end(done, self._world.sessions, "revoked_all")

    def revoke_device(self, device: Device) -> None:
        """Delete a device, which ends its sessions."""
        done = self._run("devices", "revoke", device.id, "--yes", "--json")
        self._end(done, self._world.of_device(device.id), "device_revoked")
        self._world.remove(device.id)

    def issue(self, user: User) -> None:
        """Make a session from the shell: on a device of its own, and without an address."""
        done = self._run("token", "issue", user.email, "--json")
        session = self._driver.begin(done.shown, user, done.now, None, None, "admin")
        self._world.devices[session.device_id] = Device(session.device_id, user.id)
        session.changes.append([one("session:create")])
        self._driver.rows["token issued"] += 1
        self._driver.make_room(session, Context(None, "127.0.0.1", "admin"), done.now)

    def _run(self, *arguments: str, given: str = "") -> Finished:
        done = self._server.command(*arguments, given=given)
        agree(f"the code of {arguments}: {done}", 0, done.code)
        return done

    def _end(self, done: Finished, sessions: Iterable[Session], reason: str) -> None:
        agree(f"the code of {done}", 0, done.code)
        sessions = list(sessions)
        alive = {each.id for each in self._world.are_alive(sessions, done.now)}
        perhaps = {each.id for each in self._world.may_be_alive(sessions, done.now)}
        ended = set(done.shown["ids"])
        agree(f"those not to be ended in {done}", set(), ended - perhaps)
        agree(f"those to be ended by {done}", set(), alive - ended)
        within("revoked", done.shown["revoked"], Span.at(len(ended)))
        for session in sessions:
            session.revoke(
                reason, done.now, self._driver.settings, is_known_alive=session.id in ended
            )
