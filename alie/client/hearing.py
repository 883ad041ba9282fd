"""What came back of a dictation, on one clock over all the sessions at the server that it took; no word twice."""

from __future__ import annotations

from dataclasses import replace

from alie.client.uplink import place_of, time_of
from alie.server_messages import Ack, Completed, Segment
from alie.transcript import Word

# A server with more audio than this before it, or on its way, may have stopped reading: then neither acks nor answers
# come. What is said again after a cut is less.
_BUFFERED_S, _UNDER_WAY_S = 10.0, 20.0


class Hearing:
    """Results of one dictation.

    A session at the server knows only its own audio, which begins at `began_at` of the dictation's: times and places
    that it tells are shifted by that.

    Attributes:
        finals: final segments that have text, in order of arrival.
        heard_s: seconds of audio that an engine has heard, by acks and by results.
        last_seq: number of the session's last final, 0: none came.
        settled_to: the server says that every word before this place has been told as a final.
        began_at: where the present session begins, in bytes of the dictation.
    """

    def __init__(self) -> None:
        self.finals: list[Segment] = []
        self.heard_s = 0.0
        self.last_seq = 0
        self.settled_to = 0
        self.began_at = 0
        self._received_to = 0
        self._buffered_s = 0.0
        self._open: dict[str, Segment] = {}

    @property
    def goes_on_at(self) -> int:
        """From where another session has to hear, in bytes: no final's word lies beyond it, and no other's before."""
        if not self.finals or self.settled_to > place_of(self.finals[-1].start_s):
            return self.settled_to
        # The ack that tells of the last final has not come: its end is what is known.
        return max(self.settled_to, place_of(self.finals[-1].end_s))

    def owes_ack(self, said_to: int) -> bool:
        """Whether audio up to this place should be acknowledged soon: not where too much waits for it to be read."""
        unacknowledged_s = time_of(max(0, said_to - self._received_to))
        return 0 < unacknowledged_s < _UNDER_WAY_S and self._buffered_s < _BUFFERED_S

    def take(self, segment: Segment) -> Segment | None:
        """Takes a result; returns it on the dictation's clock, or None where it has been taken before."""
        if segment.is_final and segment.seq is not None:
            if segment.seq <= self.last_seq:
                return None
            self.last_seq = segment.seq
        segment = self._shifted(segment)
        self.heard_s = max(self.heard_s, segment.end_s)
        if not segment.is_final:
            self._open[segment.result_id] = segment
            return segment
        self._open.pop(segment.result_id, None)
        if segment.text:
            self.finals.append(segment)
        return segment

    def acknowledge(self, ack: Ack) -> bool:
        """Takes an ack; whether the dictation has come further than ever."""
        received_to = self.began_at + ack.received_bytes
        settled_to = self.began_at + ack.final_bytes
        self.heard_s = max(self.heard_s, time_of(received_to) - ack.buffered_s)
        self._buffered_s = ack.buffered_s
        has_advanced = received_to > self._received_to or settled_to > self.settled_to
        self._received_to = max(self._received_to, received_to)
        self.settled_to = max(self.settled_to, settled_to)
        return has_advanced

    def begin_anew(self) -> list[Segment]:
        """Another session goes on for the one before; returns empty finals for all that is withdrawn with that."""
        withdrawn = [replace(segment, text="", is_final=True, words=()) for segment in self._open.values()]
        self._open.clear()
        self.settled_to = self.began_at = self.goes_on_at
        self.last_seq = 0
        return withdrawn

    def account(self, told: Completed, sent_s: float) -> Completed:
        """The account of the whole dictation, of which `sent_s` seconds were sent.

        What an earlier session lost before its last final it had no time to tell, and is not in it.
        """
        audio_s = round(time_of(self.began_at) + told.audio_s, 3)
        # What the server does not know of is lost, too; times are told in whole milliseconds.
        missing_s = round(sent_s - audio_s, 3)
        return Completed(audio_s, round(told.lost_s + (missing_s if missing_s > 0.001 else 0.0), 3))

    def _shifted(self, segment: Segment) -> Segment:
        if not self.began_at:
            return segment
        offset_s = time_of(self.began_at)
        return replace(
            segment,
            start_s=round(segment.start_s + offset_s, 3),
            end_s=round(segment.end_s + offset_s, 3),
            words=tuple(_later(word, offset_s) for word in segment.words),
        )


def _later(word: Word, offset_s: float) -> Word:
    return replace(word, start_s=round(word.start_s + offset_s, 3), end_s=round(word.end_s + offset_s, 3))
