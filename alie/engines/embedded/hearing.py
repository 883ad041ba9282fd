"""What crosses between the reactor and the workers of the embedded engine, as frozen values and small interfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from alie.transcript import Word


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """A stretch of speech with its samples; times are seconds on the stream's clock.

    Attributes:
        number: 0, 1, 2 ... in the order of beginning; the same while it grows.
        start_s: where `samples` begin.
        voice_end_s: where the voice was last heard.
        end_s: where `samples` end.
        voiced_s: seconds of voice in it.
        samples: float32, 16 kHz, -1..1; never written to. (Untyped, since the reactor's side knows no arrays.)
    """

    number: int
    start_s: float
    voice_end_s: float
    end_s: float
    voiced_s: float
    samples: Any

    @property
    def silence_s(self) -> float:
        """Seconds of silence at its end."""
        return self.end_s - self.voice_end_s


@dataclass(frozen=True, slots=True)
class Hearing:
    """What one piece of audio brought.

    Attributes:
        ended: utterances that ended in it.
        open: the one that goes on.
        quiet_to_s: where an utterance that is yet to begin could begin at the earliest, in seconds.
    """

    ended: tuple[Utterance, ...]
    open: Utterance | None
    quiet_to_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """How a stream wants to be read.

    Attributes:
        language: "fr", "en", or None to identify it.
        vocabulary: phrases to listen for.
    """

    language: str | None
    vocabulary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """How far an open utterance has been read for good: the next partial goes on from there.

    Attributes:
        read: tokens of the words before `from_s`, which are not heard again.
        from_s: seconds from the utterance's beginning.
        fixed: tokens that what follows begins with, though it is heard again.
    """

    read: tuple[int, ...] = ()
    from_s: float = 0.0
    fixed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Joint:
    """A place between two words of a reading where the model knows what time it is.

    Attributes:
        after: how many of the reading's tokens stand before it.
        at_s: seconds from where the reading began.
    """

    after: int
    at_s: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model reads in an utterance.

    Attributes:
        text: of the whole utterance; "" when nothing is to be believed.
        language: "fr" or "en".
        tokens: the model's own, for `agreement`; of a partial, from where it began.
        words: on finals, with times on the stream's clock.
        score: mean log probability of a token.
        joints: of a partial, in order.
    """

    text: str
    language: str
    tokens: tuple[int, ...] = ()
    words: tuple[Word, ...] = ()
    score: float = 0.0
    joints: tuple[Joint, ...] = ()


class Ear(Protocol):
    """See `ear.Ear`."""

    def hear(self, audio: bytes, patience_s: float, closes: bool = False, ended_at_s: float | None = None) -> Hearing:
        """Takes the next audio."""


class Workshop(Protocol):
    """All that is done in worker threads. Any thread may call any method."""

    def new_ear(self, sample_rate_hz: int) -> Ear:
        """An ear for one stream."""

    def begins_word(self, token: int) -> bool:
        """Whether `token` begins a new word. Cheap, for the reactor thread too."""

    def read_partial(self, utterance: Utterance, asked: Asked, begun: Begun) -> Reading:
        """Reads quickly what may change, going on from `begun`."""

    def read_final(self, utterance: Utterance, asked: Asked) -> Reading:
        """Reads as well as can be, with words and punctuation."""
