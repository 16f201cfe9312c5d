"""A state machine that drives real servers at random and compares each answer with the model.

It chooses what to ask next, and counts it: a run that never reached a row of the refresh table
is no evidence for that row. Here are the rules of users and of thieves.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.faults.context import Context
from tests.faults.driving import UNKNOWN_DEVICE
from tests.faults.installed import (
    ADDRESSES,
    AGENTS,
    DEVICES,
    ROWS,
    SENDERS,
    STEPS,
    TOKENS,
    WHICH,
    Sender,
)
from tests.faults.model import GONE
from tests.faults.upkeep import Kept

VIAS = st.sampled_from(["body", "header", "both"])

_FORGERIES = (
    *("refresh token, another seal", "refresh token, another middle"),
    *("refresh token, another start", "refresh token, cut", "access token, another signature"),
    *("access token, cut", "access token for a refresh token", "refresh token for an access token"),
)
_PAUSES = ("the grace",) * 4 + ("nothing", "the access token", "the window")
_CHANGES = ("nothing",) * 4 + ("near", "far", "far", "agent", "agent", "device", "all but it")
_ENDS = (
    *("log out", "log out with a body", "id", "id", "path", "device", "delete device"),
    *("others", "all", "two selectors", "no selector"),
)


class Sessions(Kept):
    """What users, thieves and administrators do, in any order."""

    @rule(
        which=WHICH,
        sender=SENDERS,
        is_header=st.booleans(),
        password=st.sampled_from([None] * 6 + ["no password of anybody's"]),
    )
    def log_in(self, which: int, sender: Sender, is_header: bool, password: str | None) -> None:
        """Log in, on a device that is or is not the user's."""
        STEPS["log in"] += 1
        user = self.user(which)
        own = self.world.of_user(user.id)
        known = own[which % len(own)].device_id if own else None
        context = Context(self.device(sender[0], user.id, known), sender[1], sender[2])
        self.driver.log_in(user, context, password=password, is_header=is_header)

    @rule(which=WHICH, token=TOKENS, device=DEVICES, address=ADDRESSES, gives_ip=st.booleans())
    def validate(self, which: int, token: str, device: str, address: str, gives_ip: bool) -> None:
        """Ask whether an access token is good."""
        STEPS["validate"] += 1
        session = self.session(which)
        device_id = self.device(device, session.user_id, session.device_id)
        is_bound = self.world.settings.ip_matching == "enforce"
        ip = address if gives_ip or (is_bound and which % 4) else None
        self.reading.validate(self.token(session, token), device_id, ip)

    @rule(
        which=WHICH,
        token=TOKENS,
        sender=SENDERS,
        what=st.sampled_from(["session", "session", "sessions", "all", "devices"]),
    )
    def read(self, which: int, token: str, sender: Sender, what: str) -> None:
        """Use an access token."""
        STEPS["read"] += 1
        session = self.session(which)
        presented, context = self.token(session, token), self.context(session, sender)
        if what == "session":
            self.reading.look(presented, context)
        elif what == "devices" and "/v1/devices" in self.driver.offers:
            self.reading.list_devices(presented, context)
        else:
            self.reading.list_sessions(presented, context, has_all=what == "all")

    @rule(which=WHICH, times=st.integers(1, 3), sender=SENDERS, via=VIAS)
    def refresh(self, which: int, times: int, sender: Sender, via: str) -> None:
        """Present the current refresh token, and its successor, and so on."""
        session = self.session(which)
        for _ in range(times):
            STEPS["refresh"] += 1
            context = self.context(session, sender)
            self.renewing.refresh(session, session.generation, context, via)

    @rule(which=WHICH, age=st.sampled_from([1, 1, 1, 2, 3]), sender=SENDERS, via=VIAS)
    def come_back(self, which: int, age: int, sender: Sender, via: str) -> None:
        """Present a refresh token that was rotated away."""
        STEPS["come back"] += 1
        session = self.session(which)
        generation = max(0, session.generation - age)
        self.renewing.refresh(session, generation, self.context(session, sender), via)

    @rule(
        which=WHICH,
        sender=st.tuples(st.sampled_from(["own", "none", "none"]), ADDRESSES, AGENTS),
        waits=st.sampled_from(_PAUSES),
        shows=st.sampled_from(["nothing"] * 6 + ["newest", "rotated"]),
        times=st.sampled_from([1, 2, 6, 7]),
        change=st.sampled_from(_CHANGES),
    )
    def lose_the_answer(
        self, which: int, sender: Sender, waits: str, shows: str, times: int, change: str
    ) -> None:
        """Rotate, wait, and come back with the parent, as one does whose answer was lost."""
        STEPS["lose the answer"] += 1
        session = self.session(which)
        context = self.context(session, sender)
        before = session.generation
        self.renewing.refresh(session, before, context, "body")
        if session.generation == before:
            return
        settings = self.world.settings
        seconds = {
            "nothing": 0,
            "the grace": settings.reuse_grace + 2,
            "the access token": settings.access_ttl + settings.leeway + 1,
            "the window": settings.lost_answer_window + 2,
        }[waits]
        if seconds:
            self.advance(seconds)
        if shows != "nothing":
            token = self.token(session, shows)
            self.reading.validate(token, session.device_id, session.ip)
        context = _elsewhere(context, change, session.device_id)
        for _ in range(times):
            STEPS["ask for a lost answer"] += 1
            self.renewing.refresh(session, before, context, "header")

    @rule(which=WHICH, what=st.sampled_from(_FORGERIES))
    def forge(self, which: int, what: str) -> None:
        """Present what looks like a token."""
        STEPS["forge"] += 1
        session = self.session(which)
        refresh, access = session.family[-1], session.tokens[-1].text
        half = len(refresh) // 2
        malformed, absent, unsigned = "malformed", "unknown_session", "bad_signature"
        if what == "refresh token, another seal":
            is_there = GONE not in session.fates(self.now(), self.world.settings)
            reasons = (malformed,) if is_there else (malformed, absent)
            self.renewing.refuse_refresh(_changed(refresh, -4), *reasons)
        elif what == "refresh token, another middle":
            self.renewing.refuse_refresh(_changed(refresh, half), malformed, absent)
        elif what == "refresh token, another start":
            self.renewing.refuse_refresh(_changed(refresh, 6), malformed, absent)
        elif what == "refresh token, cut":
            self.renewing.refuse_refresh(refresh[:-5], malformed)
        elif what == "access token for a refresh token":
            self.renewing.refuse_refresh(access, malformed)
        elif what == "refresh token for an access token":
            self.reading.refuse_token(refresh, malformed)
        elif what == "access token, another signature":
            self.reading.refuse_token(_changed(access, -20), unsigned)
        else:  # the length of a signature is no matter of spelling
            self.reading.refuse_token(access[:-8], malformed, unsigned)

    @rule(
        which=WHICH,
        token=TOKENS,
        sender=SENDERS,
        what=st.sampled_from(_ENDS),
        whose=st.sampled_from(["own", "own", "sibling", "sibling", "foreign", "unknown"]),
    )
    def end(self, which: int, token: str, sender: Sender, what: str, whose: str) -> None:
        """Log out, or end a session by id, those of a device, the others, or all."""
        STEPS[f"end: {what}"] += 1
        session = self.session(which)
        presented, context = self.token(session, token), self.context(session, sender)
        device = self.device(whose, session.user_id, session.device_id) or UNKNOWN_DEVICE
        if what.startswith("log out"):
            self.ending.log_out(presented, context, has_body="body" in what)
        elif what in ("id", "path"):
            named = self.named_session(session, whose, which)
            self.ending.revoke_session(presented, context, named, by_path=what == "path")
        elif what == "delete device" and "/v1/devices/{id}" in self.driver.offers:
            self.ending.delete_device(presented, context, device)
        elif what in ("device", "delete device"):
            self.ending.revoke_device(presented, context, device)
        elif what in ("others", "all"):
            self.ending.revoke_many(presented, context, what)
        else:
            body = {"all": True, "others": True} if what == "two selectors" else {"all": False}
            self.ending.refuse_selectors(presented, context, body)

    @rule(which=WHICH, sender=SENDERS, is_right=st.booleans())
    def change_password(self, which: int, sender: Sender, is_right: bool) -> None:
        """Change one's own password, where a server offers that."""
        if "/v1/password" not in self.driver.offers:
            ROWS["not offered: change of password"] += 1
            return
        STEPS["change password"] += 1
        session = self.session(which)
        current = self.world.user(session.user_id).password if is_right else "not mine at all"
        context = self.context(session, sender)
        self.ending.change_password(session.tokens[-1], context, current, self.password())


def _elsewhere(context: Context, change: str, device_id: str) -> Context:
    """Return where somebody is who differs in one respect, or in all but the device."""
    if change == "near":
        return replace(context, address="127.0.0.77")
    if change == "far":
        return replace(context, address="127.0.3.3")
    if change == "agent":
        return replace(context, user_agent="gamma")
    if change == "device":
        return replace(context, device_id=device_id if context.device_id is None else None)
    if change == "all but it":
        return replace(context, address="127.0.3.3", user_agent="gamma")
    return context


def _changed(token: str, place: int) -> str:
    characters = list(token)
    characters[place] = "A" if token[place] != "A" else "B"
    return "".join(characters)
