"""Performs what a session decides: the one place where session, engine and socket meet. It decides nothing itself."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from alie import actions as do
from alie import events as on
from alie.audio import byte_length
from alie.budget import Holding
from alie.claims import Owner
from alie.engines.interface import Engine
from alie.errors import AlieError, Internal
from alie.inquiries import Inquiries
from alie.metrics import Metrics
from alie.records import Records
from alie.resuming import Claimed, may_claim
from alie.session import Session
from alie.sockets import MEMORY, NO_SOCKET, Socket
from alie.state import State
from alie.stream_ear import StreamEar
from alie.surroundings import Surroundings


class Performer(StreamEar):
    """Drives one session. All calls come on the reactor thread; it is its engine stream's listener.

    Args:
        session: decides.
        engine: opens the stream when the session wants one.
        socket: the client.
        clock: the reactor, for `seconds` and one timer at a time.
        metrics: what may be counted is counted here.
        around: whom it asks and tells besides.
    """

    _log = Logger()

    def __init__(
        self,
        session: Session,
        engine: Engine,
        socket: Socket,
        clock: IReactorTime,
        metrics: Metrics,
        around: Surroundings | None = None,
    ) -> None:
        around = around or Surroundings()
        super().__init__(clock, around.thrift)
        self._session = session
        self._engine = engine
        self._socket: Socket = socket
        self._around = around
        self._records = Records(session.session_id, session.standing, metrics, around)
        self._inquiries = Inquiries(session.session_id, around, self._tell)
        self._timer: IDelayedCall | None = None
        self._due_at = 0.0
        # An engine may answer within a call; what it says waits until the actions at hand are done.
        self._waiting: deque[object] = deque()
        self._is_busy = False

    @property
    def session_id(self) -> str:
        """Of its session."""
        return self._session.session_id

    def open(self) -> None:
        """The socket is open."""
        self._around.holders.add(self)
        timestamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.receive(on.Opened(timestamp))

    def lost(self, event: on.Lost) -> None:
        """The socket is gone."""
        self.receive(event)
        self._socket = NO_SOCKET

    def receive(self, event: object) -> None:
        """Gives the session an event and performs what it says; a fault of ours ends this session only."""
        self._waiting.append(event)
        if self._is_busy:
            return
        if self._restraint:
            self._waiting.extendleft(map(on.Heard, reversed(self._restraint.due(self._clock.seconds()))))
        self._is_busy = True
        try:
            while self._waiting:
                self._step(self._waiting.popleft())
        finally:
            self._is_busy = False
        self._arm()

    def _step(self, event: object) -> None:
        try:
            actions = self._session.receive(event, self._clock.seconds())
        except Exception:
            self._log_failure()
            self._recover(event)
            return
        self._perform_all(actions)

    def _perform_all(self, actions: list[do.Action]) -> None:
        error: AlieError
        for action in actions:
            try:
                self._perform(action)
                continue
            except AlieError as refusal:  # of an engine
                error = refusal
            except Exception:
                self._log_failure()
                error = Internal()
            if self._session.state is not State.ENDED:  # the last actions are all done, whatever becomes of one
                self._waiting.append(on.EngineFailed(error))
                return

    def _recover(self, event: object) -> None:
        """The session itself failed: it is told so, and if it fails at that too, its socket is closed and lost."""
        if not isinstance(event, on.EngineFailed | on.Lost):
            self._waiting.append(on.EngineFailed(Internal()))
        elif isinstance(event, on.EngineFailed):
            self._socket.close(Internal.close_code, Internal.default_sentence)
            self._waiting.append(on.Lost())

    def _log_failure(self) -> None:
        # Only places and types come into the log, whatever the exception's text quotes: see `traceback_log`.
        self._log.failure("Session {session_id} failed", event="session.failed", session_id=self._session.session_id)

    def _perform(self, action: do.Action) -> None:
        # A stream that failed within an action before is asked nothing more: the session hears of it next.
        match action:
            case do.Send():
                self._socket.send(action)
            case do.Feed() if self._stream is not None:
                self._stream.feed(action.audio)
            case do.Counted():
                self._records.count(action)
            case do.OpenEngine():
                self._stream = self._engine.open(action.spec, self)
            case do.FlushEngine() if self._stream is not None:
                self._stream.flush()
            case do.FinishEngine() if self._stream is not None:
                # Or a client's close would not be seen.
                self._socket.resume_reading()
                self._socket.resume_reading(MEMORY)
                self._stream.finish()
            case do.AbortEngine():
                self._abort()
            case do.PauseReading():
                self._socket.pause_reading()
            case do.ResumeReading():
                self._socket.resume_reading()
            case do.Close():
                self._socket.close(action.code, action.reason)
            case do.Started():
                self._records.started(action)
            case do.TurnedAway():
                self._records.turned_away(action)
            case do.Ended():
                self._records.ended(action)
                self._inquiries.leave()
                self._around.holders.discard(self)
            case do.Weigh() if self._stream is not None:
                self._waiting.append(on.Weighed(self._stream.settled_s, self._stream.backlog_s))
            case do.Verify() | do.Watch() | do.Export():
                self._ask(action)
            case do.Offer() | do.Withdraw() | do.Claim() | do.Resumed():
                self._hand_over(action)

    def _ask(self, action: do.Verify | do.Watch | do.Export) -> None:
        match action:
            case do.Verify():
                self._inquiries.verify(action)
            case do.Watch():
                self._inquiries.watch(action.caller)
            case do.Export():
                caller = self._session.standing.caller
                self._inquiries.export(action, caller, lambda outcome: self._records.exported(outcome, caller))

    # -- from socket to socket -----------------------------------------------------------------------------------

    def _hand_over(self, action: do.Offer | do.Withdraw | do.Claim | do.Resumed) -> None:
        claims, session_id = self._around.claims, self._session.session_id
        match action:
            case do.Offer():
                claims.offer(session_id, self)
            case do.Withdraw():
                claims.withdraw(session_id)
            case do.Claim():
                self._move(action, claims.find(action.session_id))
            case do.Resumed():
                self._records.resumed()

    def _move(self, claim: do.Claim, owner: Owner | None) -> None:
        """Gives the socket to the owner of the session that is claimed."""
        if owner is not None and owner.take_over(claim, self._session, self._socket, self._around):
            self._socket = NO_SOCKET
            self._waiting.append(on.Moved())
            return
        if owner is not None:
            self._records.claim_refused(claim.session_id)
        self._waiting.append(on.Unclaimed())

    def take_over(self, claim: do.Claim, other: Session, socket: Socket, around: Surroundings) -> bool:
        """Goes on with the socket of another session, if that is its client's; tells the old one so.

        Args:
            claim: what the client shows.
            other: the session on that socket.
            socket: the new one.
            around: what the door knows of it.

        Returns:
            Whether the claim was good.
        """
        if not may_claim(self._session, claim, other.standing):
            return False
        if self._socket is not NO_SOCKET:
            self.receive(on.Displaced())
            self._socket.serve(None)
        self._socket = socket
        socket.serve(self)
        self._records.move(other.standing, around)
        self.receive(Claimed(claim.last_seq, other.standing))
        return True

    @property
    def is_detached(self) -> bool:
        """Whether the session waits for its client."""
        return self._session.resumption is not None and self._session.resumption.is_detached

    @property
    def kept_bytes(self) -> int:
        """Bytes of results that are kept for its client."""
        return self._session.resumption.replay.byte_count if self._session.resumption is not None else 0

    # -- what is held for the client (Holder) --------------------------------------------------------------------

    def holding(self) -> Holding:
        """Audio and text that wait."""
        if self._stream is None:
            return Holding(text_bytes=self._socket.waiting_bytes)
        dictation, backlog_s = self._session.dictation, self._stream.backlog_s
        return Holding(
            byte_length(backlog_s, dictation.sample_rate_hz),
            byte_length(max(0.0, dictation.received_s - self._stream.settled_s), dictation.sample_rate_hz),
            self._socket.waiting_bytes,
            backlog_s,
            dictation.received_s - (self._clock.seconds() - dictation.started_at),
        )

    def hold(self, is_held: bool) -> None:
        """Stops or goes on reading, for the memory of all; who has stopped speaking has nothing to add but a close."""
        if is_held and self._session.state is not State.FINISHING:
            self._socket.pause_reading(MEMORY)
        elif not is_held:
            self._socket.resume_reading(MEMORY)

    def _abort(self) -> None:
        if self._stream is not None:
            self._stream.abort()
            self._stream = None

    def _tell(self, event: object) -> None:
        """Takes an answer that was waited for; after the end nobody waits any more."""
        if self._session.state is State.ENDED:
            return
        if isinstance(event, on.Revoked):
            self._records.revoked()
        self.receive(event)

    # One timer at a time, and it is not moved when a deadline moves away: it finds that out when it fires.

    def _arm(self) -> None:
        deadline = self._session.deadline()
        if self._timer is not None:
            if deadline is not None and self._due_at <= deadline:
                return
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._due_at = deadline
            self._timer = self._clock.callLater(max(0.0, deadline - self._clock.seconds()), self._tick)

    def _tick(self) -> None:
        self._timer = None
        deadline = self._session.deadline()
        if deadline is not None and deadline <= self._clock.seconds():
            self.receive(on.Tick())
        else:
            self._arm()
