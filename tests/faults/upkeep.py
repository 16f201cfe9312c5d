"""What administrators and time do: users made and ended, clocks moved, servers started anew."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.faults.answers import within
from tests.faults.installations import Settings
from tests.faults.installed import STEPS, WHICH, Installed
from tests.faults.model import Session
from tests.faults.world import User

#: How long to wait; an installation soon has no living session where waits are long or many.
_WAITS = (
    *("a second", "the grace", "the grace", "the window", "the access token", "the warning"),
    *("half the idle timeout", "the absolute deadline", "the refresh deadline"),
    *("the idle deadline", "the idle deadline"),
)
#: Commands take a hundred times as long as requests.
_RARELY = ("nothing",) * 26 + ("create", "create", "go back", "go back") + ("restart",) * 6
_OF_USERS = ("disable", "enable", "enable", "set-password", "delete", "revoke of user", "issue")
_OF_SESSIONS = ("revoke", "revoke", "revoke of device", "delete device", "revoke all")
_ALTERATIONS = ("nothing", "shorter", "longer", "grace", "binding")


class Kept(Installed):
    """The rules that no user has a part in.

    None has a precondition: what Hypothesis draws must not follow from what a server answered.
    """

    @rule(which=WHICH, what=st.sampled_from(_WAITS), more=st.integers(-2, 2))
    def wait(self, which: int, what: str, more: int) -> None:
        """Move the clock: by about one of the settings, or to about a deadline."""
        STEPS[f"wait: {what}"] += 1
        settings = self.world.settings
        absolute, refresh, idle = self.session(which).deadlines()
        second = self.driver.server.second()
        seconds = {
            "a second": 1,
            "the grace": settings.reuse_grace,
            "the window": settings.lost_answer_window,
            "the access token": settings.access_ttl,
            "the warning": settings.idle_timeout - settings.expire_warning,
            "half the idle timeout": settings.idle_timeout // 2,
            "the absolute deadline": absolute.last - second,
            "the refresh deadline": refresh.last - second,
            "the idle deadline": idle.last - second,
        }[what]
        self.advance(seconds + more)

    @rule(
        which=WHICH,
        what=st.sampled_from([*_RARELY, *_OF_USERS, *_OF_SESSIONS]),
        how=st.sampled_from(_ALTERATIONS),
    )
    def administer(self, which: int, what: str, how: str) -> None:
        """Do what an administrator does, or nothing where that is not possible."""
        if what in _OF_USERS:
            self._administer_user(self.user(which), what)
        elif what in _OF_SESSIONS:
            self._administer_session(self.session(which), what)
        elif what == "create" and len(self.world.users) < 3:
            STEPS["administer: create"] += 1
            self.commanding.create_user(f"user{next(self.names)}@example.com", self.password())
        elif what == "restart" and self.restarts:
            self._restart(how, crashes=which % 2 == 0)
        elif what == "go back":
            self._go_back()

    def _administer_user(self, user: User, what: str) -> None:
        if user.is_deleted or user.is_disabled is not (what == "enable"):
            return
        STEPS[f"administer: {what}"] += 1
        if what == "set-password":
            self.commanding.set_password(user, self.password())
        else:
            {
                "disable": self.commanding.disable,
                "enable": self.commanding.enable,
                "delete": self.commanding.delete,
                "revoke of user": self.commanding.revoke_of_user,
                "issue": self.commanding.issue,
            }[what](user)

    def _administer_session(self, session: Session, what: str) -> None:
        STEPS[f"administer: {what}"] += 1
        device = self.world.devices[session.device_id]
        if what == "revoke":
            self.commanding.revoke_session(session)
        elif what == "revoke all":
            self.commanding.revoke_all()
        elif self.world.is_own_device(session.user_id, device.id, self.now()):
            if what == "revoke of device":
                self.commanding.revoke_of_device(device)
            else:
                self.commanding.revoke_device(device)

    def _go_back(self) -> None:
        """Take the clock back, once it is certain of each session whether it has ended."""
        STEPS["go back"] += 1
        self.advance(1)
        if not self.world.is_doubtful(self.now(ahead=3)):
            self.driver.server.return_to_real_time()

    def _restart(self, how: str, *, crashes: bool) -> None:
        """Start the server anew, with settings that hold for what is set from then on."""
        STEPS[f"restart: {how}{', after a crash' if crashes else ''}"] += 1
        self.restarts -= 1
        self.world.settings = _altered(self.world.settings, how)
        self.servers.alter(self.world.settings, crashes=crashes)
        server = self.driver.server
        answer = server.request("GET", "/dev/clock")
        within("the clock", answer.body["now"], answer.now)


def _altered(settings: Settings, what: str) -> Settings:
    names = ("access_ttl", "refresh_ttl", "idle_timeout", "absolute_timeout", "activity_resolution")
    if what == "shorter":
        return replace(settings, **{name: getattr(settings, name) // 2 for name in names})
    if what == "longer":
        return replace(settings, **{name: getattr(settings, name) * 2 for name in names})
    if what == "grace":
        return replace(settings, reuse_grace=5, lost_answer_window=300)
    if what == "binding":
        return replace(settings, device_binding="enforce", ip_matching="log")
    return settings
