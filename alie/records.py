"""What is taken down of a session: metrics, the journal, the audit log. Numbers and codes, never words."""

from __future__ import annotations

from dataclasses import replace

from twisted.logger import Logger

from alie import actions as do
from alie.audit.interface import AuditEvent
from alie.errors import AuthRequired, SessionNotFound
from alie.metrics import Metrics
from alie.principal import Caller
from alie.standing import Standing
from alie.surroundings import Surroundings

UNEVENTFUL = frozenset({"unstarted", "moved", "lost"})
"""How a socket may end on which nobody has dictated, and nothing was wrong."""


class Records:
    """The records of one session.

    Args:
        session_id: of the session.
        standing: who speaks there.
        metrics: what may be counted is counted here.
        around: where the audit log is, and what the door knows.
    """

    _log = Logger()

    def __init__(self, session_id: str, standing: Standing, metrics: Metrics, around: Surroundings) -> None:
        self._session_id = session_id
        self._standing = standing
        self._metrics = metrics
        self._around = around
        self._has_claimed = False

    def count(self, counted: do.Counted) -> None:
        """A result, an error, or something ignored."""
        self._metrics.count(counted.what, counted.delay_s)

    def turned_away(self, event: do.TurnedAway) -> None:
        """Proof was missing or no good."""
        details = {"code": event.code, "way": event.way}
        self._audit(AuditEvent("auth.refuse", event.code, details=details), self._standing.caller)
        if event.code == AuthRequired.code:
            self._log.info(
                "Session {session_id} refused: {code} (proof: {way}). {ways_in}",
                event="session.refused",
                session_id=self._session_id,
                ways_in=self._around.ways_in,
                **details,
            )

    def started(self, event: do.Started) -> None:
        """A dictation began."""
        self._metrics.sessions.inc()
        details = {
            "way": self._standing.way,
            "languageCode": event.language_code,
            "engine": event.engine,
            "mode": event.mode,
        }
        self._log.debug(
            "Session {session_id} started: {language} at {engine}",
            event="session.start",
            session_id=self._session_id,
            language=event.language_code,
            engine=event.engine,
            mode=event.mode,
            way=self._standing.way,
        )
        self._audit(AuditEvent("dictation.start", details=details), self._standing.caller)

    def move(self, standing: Standing, around: Surroundings) -> None:
        """The session gets another socket, whose client this is."""
        self._standing, self._around = standing, around

    def resumed(self) -> None:
        """Its client has come back."""
        self._metrics.resumed.inc()
        self._log.debug("Session {session_id} resumed", event="session.resume", session_id=self._session_id)
        self._audit(AuditEvent("dictation.resume", details={"way": self._standing.way}), self._standing.caller)

    def claim_refused(self, session_id: str) -> None:
        """This client wanted a session that is not its own, or showed too little for it. Once a socket, however often.

        Args:
            session_id: of the session that was claimed.
        """
        if not self._has_claimed:
            self._has_claimed = True
            event = AuditEvent("dictation.resume", SessionNotFound.code, resource="dictation", resource_id=session_id)
            self._audit(event, self._standing.caller)

    def revoked(self) -> None:
        """Access was found to be gone; while a first token is looked at, it is that of nobody who speaks here."""
        if self._standing.caller is not None:
            self._audit(AuditEvent("session.revoke"), self._standing.caller)

    def exported(self, outcome: str, caller: Caller | None) -> None:
        """A text was handed out, or could not be."""
        self._audit(AuditEvent("export.write", outcome), caller)

    def ended(self, event: do.Ended) -> None:
        """The session is over."""
        self._metrics.ended.labels(event.outcome).inc()
        self._log_end(event)
        if event.language_code is None:
            return
        self._metrics.sessions.dec()
        self._metrics.audio.inc(event.audio_s)
        self._metrics.lost.inc(event.lost_s)
        details: dict[str, str | int | float | bool | None] = {
            "outcome": event.outcome,
            "way": self._standing.way,
            "languageCode": event.language_code,
            "audioSeconds": round(event.audio_s, 3),
            "audioBytes": event.audio_bytes,
            "durationSeconds": round(event.duration_s, 3),
            "finals": event.finals,
            "lostSeconds": round(event.lost_s, 3),
            "engine": ",".join(event.engines) or None,
            "region": event.region,
        }
        self._audit(AuditEvent("dictation.end", event.outcome, details=details), self._standing.caller)

    def _log_end(self, ended: do.Ended) -> None:
        known = {"session_id": self._session_id, "code": ended.outcome}
        if ended.language_code is None:
            # A page that only looks whether we are there opens sockets, too; what somebody was refused is worth a line.
            log = self._log.debug if ended.outcome in UNEVENTFUL else self._log.info
            log(
                "Session {session_id} ended before it began: {code}, {duration_s:.1f} s",
                event="session.end",
                **known,
                duration_s=ended.duration_s,
            )
            return
        self._log.info(
            "Session {session_id} ended: {code}, {language}, {audio_s:.1f} s of audio, {finals} finals, "
            "{lost_s:.1f} s lost, {duration_s:.1f} s",
            event="session.end",
            **known,
            language=ended.language_code,
            engine=",".join(ended.engines) or None,
            way=self._standing.way,
            audio_s=ended.audio_s,
            finals=ended.finals,
            lost_s=ended.lost_s,
            duration_s=ended.duration_s,
        )

    def _audit(self, event: AuditEvent, caller: Caller | None) -> None:
        self._around.audit.record(replace(event, session_id=self._session_id, address=self._around.address), caller)
