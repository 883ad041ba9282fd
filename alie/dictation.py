"""What is heard and told between start and stop: audio to the engine, results to the client, flushes in their order."""

from __future__ import annotations

from collections import deque

from alie import actions as do
from alie import asides, replies, wire
from alie import events as on
from alie.actions import Action
from alie.ambient.final import Consultation
from alie.errors import AlieError, EngineRejected
from alie.exports import Exports
from alie.intake import Intake
from alie.limits import Limits
from alie.segments import Segments
from alie.speech import AMAZON, EngineFacts, StreamSpec
from alie.transcript import Result


class Dictation:
    """The audio and the results of one started session.

    Args:
        session_id: uuid4 of the session.
        start: the message that began it.
        engine: which engine will listen.
        declared_rate_hz: what the client said its audio is, 8000..48000; None if it said nothing.
        is_alie_client: whether that is believed.
        now: seconds.
        exports: keeps the text of finals, for `cmd.export`; None: nothing is kept.
    """

    def __init__(
        self,
        session_id: str,
        start: wire.StartTranscription,
        engine: EngineFacts,
        *,
        declared_rate_hz: int | None,
        is_alie_client: bool,
        now: float,
        exports: Exports | None = None,
    ) -> None:
        self.start = start
        self.exports = exports
        self._engines: dict[str, None] = {}
        self.segments = Segments(session_id)
        self.started_at = self.heard_at = self.progress_at = now
        self._acked_at = now
        self.is_engine_open = False
        self.is_quiet = True
        self.is_away = False
        self._is_held_back = False
        self._heard_s = 0.0
        self._session_id = session_id
        self._engine = engine
        self._intake = Intake(declared_rate_hz, is_alie_client=is_alie_client)
        self._flushes: deque[bool] = deque()
        self._trouble: AlieError | None = None
        self.warned_at: float | None = None
        """When trouble that lasts must be told to a client that knows no `engine_status` (`warn`)."""
        self._consultation = Consultation()

    @property
    def weighed_at(self) -> float | None:
        """When audio held back for its rate must be settled (`hand_on_held`); None while none is."""
        return self._intake.due_at

    @property
    def sample_rate_hz(self) -> int:
        """What the audio is taken to be."""
        return self._intake.ledger.sample_rate_hz

    @property
    def received_s(self) -> float:
        """Seconds of audio received."""
        return self._intake.ledger.received_s

    @property
    def is_held_back(self) -> bool:
        """Whether the engine is full, so that the socket is not to be read."""
        return self._is_held_back

    @property
    def lost_s(self) -> float:
        """Seconds of audio that no engine heard."""
        return self._intake.ledger.lost_s

    def ready(self, resumable: replies.Message) -> do.Send:
        """Tells the client to send audio; `resumable`: further fields."""
        ready = replies.stream_ready(
            self._session_id,
            engine=self._engine.name,
            language_code=self.start.language_code,
            sample_rate_hz=self.sample_rate_hz,
            speaker_labels=self._wants_speakers,
        )
        return do.send(ready | resumable)

    def warn_of_vocabulary(self) -> list[Action]:
        """Says so when the engine takes vocabulary in another form only."""
        if self.start.vocabulary_name and not self._engine.takes_vocabulary_names:
            return asides.warn(EngineRejected("This engine takes vocabulary as a list of phrases"))
        if self.start.vocabulary and not self._engine.takes_phrases:
            return asides.warn(EngineRejected("This engine takes the name of a vocabulary, not a list of phrases"))
        return []

    def hear(self, frame: bytes, now: float, ack_s: float) -> list[Action]:
        """Takes a frame of audio; it ends a pause, if there was one. `ack_s`: see `Limits`."""
        self.heard_at = now
        self.is_quiet = False
        actions = self._hand_on(self._intake.take(frame, now))
        if self.start.wants_ack and now >= self._acked_at + ack_s:
            self._acked_at = now
            actions.append(do.Weigh())
        return actions

    def hand_on_held(self, now: float) -> list[Action]:
        """Settles the doubt about the sample rate, if there is one, and hands over what was held back for it."""
        return self._hand_on(self._intake.settle(now))

    def _hand_on(self, audio: bytes) -> list[Action]:
        """Gives audio to the engine, which is opened when there is something to hear for the first time."""
        if not audio:
            return []
        opening: list[Action] = [] if self.is_engine_open else [do.OpenEngine(self.spec())]
        if opening:
            self.is_engine_open = True
            self._engines[self._engine.name] = None
        self._intake.ledger.give(len(audio))
        return [*opening, do.Feed(audio)]

    def spec(self) -> StreamSpec:
        """What the engine is to listen for."""
        return StreamSpec(
            session_id=self._session_id,
            language_code=self.start.language_code,
            sample_rate_hz=self.sample_rate_hz,
            wants_partials=self.start.wants_partials,
            wants_words=self.start.wants_words or self.is_ambient,
            wants_speakers=self._wants_speakers,
            vocabulary=self.start.vocabulary,
            vocabulary_name=self.start.vocabulary_name if self._engine.takes_vocabulary_names else None,
        )

    @property
    def is_ambient(self) -> bool:
        """Whether the client waits for a `transcription_final`."""
        return self.start.mode == wire.AMBIENT

    @property
    def _wants_speakers(self) -> bool:
        return self.is_ambient and self._engine.has_speaker_labels

    def tell(self, result: Result, now: float) -> list[Action]:
        """Passes a result on, under its name and number."""
        self.progress_at = now
        self._heard_s = max(self._heard_s, result.end_s)
        if not result.is_final and not self.start.wants_partials:
            return []
        result_id = self.segments.accept(result)
        if result_id is None:
            return []
        if result.is_final and result.text:
            self._keep(result)
        seq = self.segments.seq
        message = replies.transcription_result(
            result,
            result_id=result_id,
            seq=seq,
            engine=self._engine.name,
            with_words=self.start.wants_words,
        )
        payload = wire.encode(message)
        delay_s = self._intake.ledger.delay_s(result.end_s, now)
        if result.is_final:
            told: list[Action] = [do.Send(payload, final_of=result_id, seq=seq), do.Counted("final", delay_s)]
            return [*told, do.Weigh()] if self.start.wants_ack else told
        return [do.Send(payload, partial_of=result_id, seq=seq), do.Counted("partial", delay_s)]

    def _keep(self, result: Result) -> None:
        """Remembers what is asked for at the end, of a final with text."""
        if result.engine is not None:
            self._engines[result.engine] = None
        if self.is_ambient:
            self._consultation.add(result)
        if self.exports is not None:
            self.exports.add(result.text)

    def tell_open(self, now: float) -> list[Action]:
        """Ends every open segment with what was last shown of it: no engine will settle it any more."""
        return [action for result in self.segments.open_finals() for action in self.tell(result, now)]

    def tell_status(self, status: on.EngineStatus, warned_at: float | None) -> list[Action]:
        """How the engine leg is. `warned_at`: when to warn a client that would not understand; None: it does."""
        if status.state == "failed_over":
            self._engines[status.engine] = None
        if status.error is None:
            self._trouble = self.warned_at = None
        if warned_at is None:
            return [do.send(replies.engine_status(status.state, status.engine, status.error))]
        if status.error is not None and self._trouble is None:
            self._trouble, self.warned_at = status.error, warned_at
        return []

    def warn(self) -> list[Action]:
        """Tells of trouble that lasts, once."""
        self.warned_at = None
        return asides.warn(self._trouble) if self._trouble is not None else []

    def lose_engine(self) -> None:
        """The engine is dead: what it has told nothing of is lost."""
        self._intake.ledger.take_back(self._heard_s)

    def flush(self, now: float, *, is_asked: bool) -> list[Action]:
        """Ends the open segment; `is_asked` if the client waits for `flushed`."""
        held = self.hand_on_held(now)
        if self.is_engine_open:
            self._flushes.append(is_asked)
            return [*held, do.FlushEngine()]
        return [do.send(replies.flushed(self.segments.seq))] if is_asked else []

    def answer_flush(self, now: float) -> list[Action]:
        """The engine has settled everything before the oldest open flush."""
        self.progress_at = now
        was_asked = bool(self._flushes) and self._flushes.popleft()
        told: list[Action] = [do.send(replies.flushed(self.segments.seq))] if was_asked else []
        return [*told, do.Weigh()] if self.start.wants_ack else told

    def acknowledge(self, weighed: on.Weighed, now: float) -> list[Action]:
        """Tells how far audio has come."""
        self._acked_at = now
        ledger = self._intake.ledger
        ledger.settle(weighed.settled_s)
        ack = replies.audio_ack(
            received_bytes=ledger.received_bytes, final_bytes=ledger.final_bytes, buffered_s=weighed.backlog_s
        )
        return [do.Send(wire.encode(ack), partial_of=do.ACK)]

    def go_on(self, now: float) -> int:
        """The client is back: the byte it is to go on from. What it asked and was not told it will ask again."""
        self.heard_at = now
        self.is_away = False
        self._flushes = deque(False for _ in self._flushes)
        return self._intake.go_on()

    def go_quiet(self, now: float) -> list[Action]:
        """No audio comes for a while: what was said so far must not wait for more."""
        if self.is_quiet:
            return []
        self.is_quiet = True
        return self.flush(now, is_asked=False)

    def hold_back(self, is_full: bool, now: float) -> None:
        """The engine is full, or has room again. A client that is not read is not silent."""
        self._is_held_back = is_full
        self.heard_at = now

    def due_at(self, limits: Limits) -> float:
        """When time will ask for something. Asked after every frame and result: kept cheap."""
        due_at = min(self.started_at + limits.duration_s, self.heard_at + limits.idle_s)
        for at in (self.quiet_at(limits.quiet_s), self._intake.due_at, self.warned_at):
            if at is not None and at < due_at:
                due_at = at
        return due_at

    def quiet_at(self, quiet_s: float) -> float | None:
        """When a client that has sent no audio for `quiet_s` counts as silent; None while it cannot, or is away."""
        return None if self.is_quiet or self.is_away or self._is_held_back else self.heard_at + quiet_s

    def summary(self, outcome: str, duration_s: float) -> do.Ended:
        """All that may be known of it afterwards; `outcome` and `duration_s` are the session's."""
        return do.Ended(
            outcome=outcome,
            duration_s=duration_s,
            language_code=self.start.language_code,
            audio_s=self.received_s,
            finals=self.segments.finals,
            lost_s=self.lost_s,
            audio_bytes=self._intake.ledger.received_bytes,
            engines=tuple(self._engines),
            region=self._engine.region if AMAZON in self._engines else None,
        )

    def complete(self, now: float) -> list[Action]:
        """The last words to a client that stopped as it should."""
        opened = self.tell_open(now)
        told: list[Action] = []
        if self.is_ambient:
            told.append(do.Send(replies.transcription_final(self._consultation), is_last=True))
        complete = replies.transcription_complete(
            audio_s=self.received_s, finals=self.segments.finals, lost_s=self.lost_s
        )
        return [*opened, *told, do.send(complete, is_last=True)]
