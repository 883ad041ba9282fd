"""The account of a stream's audio over all its legs: what is kept, what is final, what the present leg was given. Pure.

Positions are bytes since the first sample of the session, whose clock they are; a leg has a clock of its own.
"""

from __future__ import annotations

from dataclasses import replace

from alie import audio
from alie.legs.names import SegmentNames
from alie.legs.ring import Ring
from alie.legs.timeline import Timeline
from alie.transcript import Entity, Result, Word


class Account:
    """Keeps what is not final yet, and puts results of any leg on the session's clock.

    Args:
        sample_rate_hz: of the audio.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self.names = SegmentNames()
        self.ring = Ring()
        self.final_at = 0
        """Everything before has been settled: it is never heard again."""
        self.leg: Timeline | None = None

    @property
    def unsent_bytes(self) -> int:
        """Audio that no leg has yet, or that the next one must hear again."""
        return self.ring.end - (self.leg.sent if self.leg else self.final_at)

    @property
    def unsettled_bytes(self) -> int:
        """Audio that would be heard again if the leg failed now."""
        return self.ring.end - self.final_at

    def bytes_of(self, duration_s: float) -> int:
        """Bytes in a duration, to the nearest sample."""
        return audio.BYTES_PER_SAMPLE * round(duration_s * self._rate_hz)

    def seconds_of(self, byte_count: int) -> float:
        """A length in seconds."""
        return audio.seconds(byte_count, self._rate_hz)

    def begin_leg(self) -> None:
        """A leg begins with the first audio that is not final."""
        self.leg = Timeline(self.final_at)

    def end_leg(self, *, is_settled: bool) -> list[Result]:
        """The leg is gone; `is_settled` if it told all. Gives results that end what will not be taken over."""
        if self.leg is not None and is_settled:
            self.settle(self.leg.sent)
        self.leg = None
        ended = self.names.end_leg()
        return ended + self.names.withdraw() if is_settled else ended

    def take(self, most: int, least: int) -> bytes:
        """The next audio for the leg, at most `most` bytes; nothing while there is less than `least`."""
        leg = self.leg
        if leg is None or self.ring.end - leg.sent < max(least, 1):
            return b""
        frame = self.ring.read(leg.sent, most)
        leg.add(len(frame))
        return frame

    def accept(self, result: Result, engine: str) -> Result:
        """A leg's result, on the session's clock and under its lasting name; a final settles the audio before it.

        Raises:
            RuntimeError: there is no leg.
        """
        leg = self.leg
        if leg is None:
            raise RuntimeError("a result without a leg")
        start = leg.session_position(self.bytes_of(result.start_s))
        end = max(start, leg.session_position(self.bytes_of(result.end_s)))
        # Times first: a result that has none that make sense raises before anything is kept of it. Built, not
        # replaced: that costs three times as much, four times a second for each session.
        words, entities = result.words, result.entities
        timed = Result(
            result.segment_id,
            self.seconds_of(start),
            self.seconds_of(end),
            result.text,
            result.is_final,
            tuple([self._word(leg, word) for word in words]) if words else (),
            result.language_code,
            tuple([self._entity(leg, entity) for entity in entities]) if entities else (),
            engine,
        )
        named = self.names.accept(timed)
        if result.is_final:
            # What an earlier segment still has open would be lost with the leg if it counted as settled.
            open_s = self.names.earliest_open_s
            self.settle(end if open_s is None or open_s >= named.start_s else self.bytes_of(open_s))
            leg.forget(self.bytes_of(result.end_s))
        return named

    def settle(self, position: int) -> None:
        """Everything before is final, or heard to be nothing."""
        self.final_at = max(self.final_at, position)
        self.ring.release(self.final_at)

    def _word(self, leg: Timeline, word: Word) -> Word:
        return replace(word, start_s=self._second(leg, word.start_s), end_s=self._second(leg, word.end_s))

    def _entity(self, leg: Timeline, entity: Entity) -> Entity:
        return replace(entity, start_s=self._second(leg, entity.start_s), end_s=self._second(leg, entity.end_s))

    def _second(self, leg: Timeline, leg_s: float) -> float:
        return self.seconds_of(leg.session_position(self.bytes_of(leg_s)))
