"""Refreshes, each compared with the refresh table of the reference model."""

from __future__ import annotations

from tests.faults import answers, refreshing
from tests.faults.client import Answer
from tests.faults.context import Context
from tests.faults.driving import UNKNOWN_DEVICE, Driver, refusal_in, refused
from tests.faults.model import Divergence, Refusal, Session
from tests.faults.span import Span

_FORGER = Context(None, "127.0.0.1", "forger")


class Renewing:
    """What is done with a refresh token."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def refresh(self, session: Session, generation: int, sender: Context, via: str) -> None:
        """Present a refresh token; *via* says whether header, body or both name a device."""
        body = {"refreshToken": session.family[generation]}
        named = None
        if sender.device_id is not None:
            if via != "header":
                body["deviceId"] = sender.device_id
            if via != "body":
                named = sender.device_id if via == "header" else UNKNOWN_DEVICE
        answer = self._driver.send("POST", "/v1/sessions/refresh", sender, body, named=named)
        binding = session.binding(self._driver.settings, sender.device_id, sender.address)
        judgement = refreshing.judge(
            session, generation, sender, binding, answer.now, self._driver.settings
        )
        about = f"{answer} to generation {generation} of {session} from {sender}: {judgement}"
        if answer.status == 401 and answer.body["code"] == "invalid_token":
            refused(answer, "invalid_token")
            self._take_in_refusal(session, judgement, refusal_in(answer.body), answer.now, about)
            if answer.body["reason"] in ("binding_mismatch", "ip_mismatch") and binding.recorded:
                session.changes.append(binding.recorded)
            return
        rows = self._rows_of(session, answer, about) & judgement.rows
        if not rows:
            raise Divergence(about)
        if rows == {"rotated"}:
            session.family.append(answer.body["refreshToken"])
        refreshing.take_in(session, rows, sender, binding, answer.now, self._driver.settings)
        if answer.status == 200:
            answers.granted(session, answer.body, answer.now, self._driver.settings)
        why = f": {judgement.because}" if rows == {"parent_reused"} else ""
        self._driver.rows[f"refresh: {' or '.join(sorted(rows))}{why}"] += 1

    def refuse_refresh(self, text: str, *reasons: str) -> None:
        """Present what is no refresh token of any session."""
        answer = self._driver.send("POST", "/v1/sessions/refresh", _FORGER, {"refreshToken": text})
        refused(answer, "invalid_token")
        if answer.body["reason"] not in reasons:
            raise Divergence(f"{answer} to a forged token, expected {reasons}")
        self._driver.rows[f"refresh: forged, {answer.body['reason']}"] += 1

    def _take_in_refusal(
        self,
        session: Session,
        judgement: refreshing.Judgement,
        refusal: Refusal,
        now: Span,
        about: str,
    ) -> None:
        if refusal not in judgement.refusals:
            raise Divergence(about)
        session.learn(judgement.refusals[refusal], now, self._driver.settings)
        self._driver.rows[f"refresh: {refusal[1] or refusal[0]}"] += 1

    def _rows_of(self, session: Session, answer: Answer, about: str) -> set[str]:
        if answer.status == 401:
            refused(answer, "refresh_reused")
            return set(refreshing.REUSES)
        if answer.status != 200:
            raise Divergence(about)
        text = answer.body["refreshToken"]
        if text == session.family[-1]:
            return set(refreshing.RENEWING - {"rotated"})
        return set() if text in session.family else {"rotated"}
