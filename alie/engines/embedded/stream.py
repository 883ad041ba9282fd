"""One session's speech on its way through the workers: audio, utterances, readings, results. Reactor thread.

    feed -> inbox -> LISTEN -> utterances that ended -> FINAL  -> final results, marks
                           \\-> the one that goes on -> PARTIAL -> partial results
                                                    \\-> FINAL, read ahead while the speaker pauses

At most one job of a kind is under way, and only the newest state of the open utterance is ever read: a partial that
waits for a worker gives way to a newer one, and to the final read ahead. So load makes partials rarer, not later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.logger import Logger
from twisted.python.failure import Failure

from alie import audio
from alie.engines.bridge import Bridge, BridgeReactor, failure_name
from alie.engines.embedded import pacing
from alie.engines.embedded.hearing import Asked, Begun, Ear, Hearing, Reading, Utterance, Workshop
from alie.engines.embedded.inbox import Inbox, Mark
from alie.engines.embedded.policy import Policy
from alie.engines.embedded.segment import LANGUAGE_CODES, Segment
from alie.engines.interface import NOBODY, StreamListener
from alie.engines.scheduling import PARTIALS, Kind
from alie.errors import AlieError, Internal
from alie.speech import StreamSpec
from alie.transcript import Result
from alie.watermark import Watermark

MOST_ENDED = 2
"""Utterances that wait to be read before listening pauses: audio waits cheaper as it was fed."""

LAST_SILENCE_S = 0.1
"""Silence fed behind the last audio, so that it leaves the resampler and the last incomplete frame is judged."""

_LANGUAGES = {code: language for language, code in LANGUAGE_CODES.items()}

_log = Logger()


class EmbeddedStream:
    """See `alie.engines.interface.Stream`.

    Args:
        spec: what to listen for.
        listener: told what is heard.
        reactor: its clock.
        bridge: where the work is done.
        policy: the numbers.
        on_gone: called once with the stream when it needs its seat no more.
    """

    def __init__(
        self,
        spec: StreamSpec,
        listener: StreamListener,
        reactor: BridgeReactor,
        bridge: Bridge,
        policy: Policy,
        on_gone: Callable[[EmbeddedStream], None],
    ) -> None:
        self._spec = spec
        self._listener = listener
        self._reactor = reactor
        self._bridge = bridge
        self._policy = policy
        self._on_gone = on_gone
        self._language = _LANGUAGES.get(spec.language_code)
        self._inbox = Inbox(spec.sample_rate_hz)
        self._watermark = Watermark(policy.ahead_s, policy.ahead_s * 5 / 6)
        self._workshop: Workshop | None = None
        self._ear: Ear | None = None
        self._listening_s = 0.0
        self._due_s = 0.0
        self._quiet_to_s = 0.0
        self._ended: deque[Utterance | Mark] = deque()
        self._open: Utterance | None = None
        self._sentence_s: float | None = None  # where the open utterance seems to have ended, if it does
        self._segments: dict[int, Segment] = {}
        self._is_finishing = False
        self._is_gone = False

    @property
    def backlog_s(self) -> float:
        """Seconds of audio fed and not yet heard."""
        ended = (one.end_s - one.start_s for one in self._ended if not isinstance(one, Mark))
        return self._inbox.duration_s + self._listening_s + sum(ended)

    @property
    def settled_s(self) -> float:
        """Seconds of audio before which every word has been told as a final."""
        pending = next((one for one in self._ended if not isinstance(one, Mark)), self._open)
        return self._quiet_to_s if pending is None else pending.start_s

    def feed(self, audio_bytes: bytes) -> None:
        """Takes PCM16 mono audio, whole samples, any length. Never blocks; ignored after `finish` or the end."""
        if self._is_gone or self._is_finishing or not audio_bytes:
            return
        # When the audio would have come in real time: what was sent ahead of that can wait.
        length_s = audio.seconds(len(audio_bytes), self._spec.sample_rate_hz)
        self._due_s = max(self._due_s + length_s, self._reactor.seconds())
        self._inbox.push(audio_bytes)
        self._advance()

    def flush(self) -> None:
        """Ends the open segment now, as if the speaker had paused; `on_flushed` follows."""
        if not self._is_gone and not self._is_finishing:
            self._inbox.push(Mark.FLUSH)
            self._advance()

    def finish(self) -> None:
        """No more audio will come; finals for all that is left follow, then `on_finished`."""
        if not self._is_gone and not self._is_finishing:
            self.feed(bytes(audio.byte_length(LAST_SILENCE_S, self._spec.sample_rate_hz)))
            self._is_finishing = True
            self._inbox.push(Mark.FINISH)
            self._advance()

    def abort(self) -> None:
        """Drops everything at once; the listener hears nothing more. May be called in any state, repeatedly."""
        if not self._is_gone:
            self._end()

    def _end(self) -> StreamListener:
        """Whoever listened may be told that it is over, and is let go."""
        self._is_gone = True
        self._bridge.abort(self)
        self._inbox.clear()
        self._ended.clear()
        self._segments.clear()
        self._listening_s = 0.0
        self._open = self._ear = self._workshop = None
        self._on_gone(self)
        listener, self._listener = self._listener, NOBODY
        return listener

    def make_ready(self, workshop: Workshop) -> None:
        """Begins to hear: the model has been loaded."""
        self._workshop = workshop
        self._ear = workshop.new_ear(self._spec.sample_rate_hz)
        self._listener.on_open()
        self._advance()

    def fail(self, error: AlieError) -> None:
        """Tells the listener, and drops everything."""
        if not self._is_gone:
            self._end().on_failed(error)

    def _advance(self) -> None:
        """Starts whatever can be started. Called after every change; the listener may have aborted in between."""
        self._finalise()
        if self._workshop is not None and self._ear is not None:
            self._listen(self._ear)
        if self._workshop is not None and self._open is not None and not self._ended:
            self._read_open(self._workshop, self._open)
        if not self._is_gone and (is_full := self._watermark.update(self.backlog_s)) is not None:
            self._listener.on_backlog(is_full)

    def _run(self, kind: Kind, work: Callable[[], Any], then: Callable[[Any], None], unread_s: float = 0.0) -> None:
        due_s = self._due_s - self._inbox.duration_s - unread_s
        done = self._bridge.run(self, kind, due_s, work)
        done.addCallback(then)
        done.addCallback(lambda _: self._advance())
        done.addErrback(self._on_failure)

    def _on_failure(self, failure: Failure) -> None:
        # The failure's text and traceback stay out of the log: either may hold what was said.
        _log.error(
            "Speech recognition failed: {failure_name}",
            event="engine.stream_failed",
            failure_name=failure_name(failure),
            session_id=self._spec.session_id,
        )
        self.fail(Internal())

    # Listening

    def _listen(self, ear: Ear) -> None:
        if len(self._ended) >= MOST_ENDED or self._bridge.is_under_way(self, Kind.LISTEN):
            return
        taken = self._inbox.take() or ((b"", None) if self._is_sentence_over() else None)
        if taken is None:
            return
        heard, mark = taken
        self._listening_s = audio.seconds(len(heard), self._spec.sample_rate_hz)
        numbers, sentence_s = self._policy.pacing, self._sentence_s
        patience_s = numbers.patience_s if sentence_s is None else numbers.sentence_patience_s
        work = partial(ear.hear, heard, patience_s, closes=mark is not None, ended_at_s=sentence_s)
        self._run(Kind.LISTEN, work, partial(self._on_hearing, mark, sentence_s))

    def _is_sentence_over(self) -> bool:
        """Whether the open utterance is known to be over already, without hearing more."""
        if self._sentence_s is None or self._open is None:
            return False
        paused_s = self._open.silence_s
        return self._open.voice_end_s > self._sentence_s or paused_s >= self._policy.pacing.sentence_patience_s

    def _on_hearing(self, mark: Mark | None, sentence_s: float | None, hearing: Hearing) -> None:
        self._listening_s = 0.0
        self._ended.extend(hearing.ended)
        self._open = hearing.open
        self._quiet_to_s = hearing.quiet_to_s
        # What waits to be read is of an older state; if a partial is still wanted, the newest takes its place.
        self._bridge.withdraw(self, *PARTIALS)
        if sentence_s is not None and (hearing.open is None or hearing.open.voice_end_s != sentence_s):
            self._sentence_s = None
        if mark is not None:
            self._ended.append(mark)

    # Finals

    def _finalise(self) -> None:
        """Tells the finals that are known, in order, and has the next one read."""
        while self._ended:
            first = self._ended[0]
            if isinstance(first, Mark):
                self._ended.popleft()
                self._tell_mark(first)
                continue
            reading = self._segment(first).kept(first)
            if reading is None:
                self._read_final(first)
                return
            self._ended.popleft()
            segment = self._segments.pop(first.number)
            self._tell(segment.final(first, reading))

    def _tell_mark(self, mark: Mark) -> None:
        if mark is Mark.FLUSH:
            self._listener.on_flushed()
            return
        self._end().on_finished()

    def _read_final(self, utterance: Utterance) -> None:
        if self._workshop is not None and not self._bridge.is_under_way(self, Kind.FINAL):
            work = partial(self._workshop.read_final, utterance, self._asked(self._language))
            self._run(Kind.FINAL, work, partial(self._on_final, utterance))

    def _on_final(self, utterance: Utterance, reading: Reading) -> None:
        segment = self._segments.get(utterance.number)
        if segment is None:
            return
        segment.keep(utterance, reading)
        if self._open is None or self._open.number != utterance.number:
            return
        if pacing.is_sentence(self._policy.pacing, reading):
            self._sentence_s = utterance.voice_end_s
        if self._spec.wants_partials:
            self._tell(segment.partial(utterance, reading, counts=False))

    # Partials

    def _read_open(self, workshop: Workshop, utterance: Utterance) -> None:
        segment = self._segment(utterance)
        if self._inbox.duration_s > self._policy.pacing.behind_s:
            return
        if pacing.wants_speculation(self._policy.pacing, utterance):
            if segment.kept(utterance) is None:
                self._read_final(utterance)
        elif self._spec.wants_partials and pacing.wants_partial(
            self._policy.pacing, utterance, segment.read_s, segment.is_shown
        ):
            self._read_partial(workshop, utterance, segment)

    def _read_partial(self, workshop: Workshop, utterance: Utterance, segment: Segment) -> None:
        if self._bridge.is_under_way(self, *PARTIALS):
            return
        unread_s = utterance.end_s - utterance.start_s - segment.read_s
        begun = segment.begun
        asked = self._asked(self._language or (segment.language if begun != Begun() else None))
        work = partial(workshop.read_partial, utterance, asked, begun)
        kind = Kind.PARTIAL if segment.is_shown else Kind.FIRST
        self._run(kind, work, partial(self._on_partial, utterance), unread_s)

    def _on_partial(self, utterance: Utterance, reading: Reading) -> None:
        segment = self._segments.get(utterance.number)
        if segment is not None:
            self._tell(segment.partial(utterance, reading))

    def _tell(self, result: Result | None) -> None:
        if result is not None:
            self._listener.on_result(result)

    # Both

    def _asked(self, language: str | None) -> Asked:
        return Asked(language, self._spec.vocabulary)

    def _segment(self, utterance: Utterance) -> Segment:
        if utterance.number not in self._segments:
            assert self._workshop is not None  # nothing is heard before
            self._segments[utterance.number] = Segment(
                f"u{utterance.number}", self._language is None, self._workshop.begins_word
            )
        return self._segments[utterance.number]
