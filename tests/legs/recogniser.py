"""A world for a supervision, without threads or sockets: marked audio, engines that hear marks and fail, and a clock.

Audio is cut into blocks of 10 ms. Each block carries a mark and its number in four samples, so that a leg knows what it
hears wherever it begins; words are loud, what lies between them is not. Silence that was added has no mark.
"""

from __future__ import annotations

import heapq
import random
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from alie.errors import AlieError
from alie.faults import Fault, StreamFailed
from alie.legs import orders as do
from alie.legs.policy import LegPolicy
from alie.legs.succession import Choice
from alie.legs.supervision import Supervision
from alie.speech import StreamSpec, Traits
from alie.transcript import Result, Word

RATE_HZ = 16000
BLOCK_SAMPLES = 160
MARK = 101
BLOCK_S = 0.01
WORD_BLOCKS, GAP_BLOCKS, PAUSE_BLOCKS, WORDS_A_SEGMENT = 30, 10, 60, 5
AMAZON = Traits(can_flush=False, starves_after_s=15.0, longest_stream_s=4 * 3600.0, fastest=4.0)


@dataclass(frozen=True)
class Spoken:
    """One word of the recording: its text and its blocks."""

    text: str
    first: int
    last: int
    segment: int


def recording(segments: int) -> tuple[bytes, list[Spoken]]:
    """Marked audio with so many segments of five words, and the words."""
    words, at = [], 20
    for segment in range(segments):
        for _ in range(WORDS_A_SEGMENT):
            words.append(Spoken(f"w{len(words)}", at, at + WORD_BLOCKS - 1, segment))
            at += WORD_BLOCKS + GAP_BLOCKS
        at += PAUSE_BLOCKS
    loud = {block for word in words for block in range(word.first, word.last + 1)}
    return b"".join(_block(number, number in loud).tobytes() for number in range(at)), words


def _block(number: int, is_loud: bool) -> array[int]:
    level = 6000 if is_loud else 20
    samples = array("h", [-level if place // 16 % 2 else level for place in range(BLOCK_SAMPLES)])
    samples[1:5] = array("h", [MARK, 1 + number % 90, 1 + number // 90 % 90, 1 + number // 8100])
    return samples


@dataclass
class Leg:
    """An engine's side of one leg.

    Attributes:
        fault: how it fails, once it has got so many seconds; None: it does not.
        index: when on its clock each block began.
    """

    world: World
    generation: int
    engine: int
    opened_at: float
    fault: Fault | None = None
    fails_at_s: float = 0.0
    is_deaf: bool = False
    is_gone: bool = False
    rest: array[int] = field(default_factory=lambda: array("h"))
    passed: int = 0
    index: dict[int, float] = field(default_factory=dict)
    final_to: int = -1
    is_thinking: bool = False

    @property
    def heard_s(self) -> float:
        """Seconds of audio it got."""
        return (self.passed + len(self.rest)) / RATE_HZ

    def feed(self, audio: bytes) -> None:
        """Hears audio; results come a little later."""
        assert len(audio) <= 32000
        self.rest.frombytes(audio)
        place = 0
        while MARK in self.rest[place:]:
            at = self.rest.index(MARK, place)
            if at + 4 > len(self.rest):
                break
            low, middle, high = self.rest[at + 1 : at + 4]
            number = low - 1 + 90 * (middle - 1) + 8100 * (high - 1)
            self.index[number] = (self.passed + at - 1) / RATE_HZ
            place = at + 4
        done = max(place, len(self.rest) - 4)
        self.passed += done
        del self.rest[:done]
        if self.fault is not None and self.heard_s >= self.fails_at_s:
            self.fail(self.fault)
            return
        if not self.is_thinking:
            self.is_thinking = True
            self.world.after(0.15, self.recognise)

    def fail(self, fault: Fault) -> None:
        """Dies, or goes deaf."""
        if fault is Fault.SILENT:
            self.is_deaf, self.fault = True, None
        else:
            self.is_gone = True
            self.world.after(0.0, lambda: self.world.tell("failed", self.generation, StreamFailed(fault)))

    def _place(self, word: Spoken) -> tuple[float, float] | None:
        """When on this leg's clock a word was heard, if its middle was; `index` has where each block is."""
        middle = (word.first + word.last) // 2
        if middle not in self.index:
            return None
        first = next(self.index[b] for b in range(word.first, middle + 1) if b in self.index)
        last = next(self.index[b] for b in range(word.last, middle - 1, -1) if b in self.index)
        return first, last + BLOCK_S

    def recognise(self, *, is_last: bool = False) -> None:
        """Tells a partial or final of each segment it can, in order."""
        self.is_thinking = False
        if self.is_gone or self.is_deaf:
            return
        by_segment: dict[int, list[tuple[Spoken, tuple[float, float]]]] = {}
        for word in self.world.words:
            if word.segment > self.final_to and (place := self._place(word)) is not None:
                by_segment.setdefault(word.segment, []).append((word, place))
        for segment, heard in by_segment.items():
            is_over = is_last or self.heard_s - heard[-1][1][1] >= 0.4
            text = " ".join(word.text for word, _ in heard)
            words = tuple(Word(word.text, *place) for word, place in heard) if is_over else ()
            result = Result(f"r{segment}", heard[0][1][0], heard[-1][1][1], text, is_over, words)
            if is_over:
                self.final_to = segment
            self.world.tell("result", self.generation, result)
            if not is_over:
                break

    def finish(self) -> None:
        """Tells the rest and ends."""
        if not self.is_gone:
            self.world.after(0.3, self.end)

    def end(self) -> None:
        """In good order."""
        if self.is_gone or self.is_deaf:
            return
        self.recognise(is_last=True)
        self.is_gone = True
        self.world.tell("finished", self.generation)


class World:
    """A supervision, its engines and a clock.

    Args:
        segments: how long the recording is.
        plan: what becomes of the n-th leg: its fault (None: it works) and after how many seconds of audio.
        opens: seconds until the n-th leg opens, or an error at once.
    """

    def __init__(
        self,
        segments: int = 3,
        plan: Callable[[int], tuple[Fault | None, float]] = lambda number: (None, 0.0),
        opens: Callable[[int, int], float | AlieError] = lambda number, engine: 0.1,
        engines: tuple[Choice, ...] = (Choice("amazon", AMAZON),),
        seed: int = 0,
        policy: LegPolicy | None = None,
    ) -> None:
        self.pcm, self.words = recording(segments)
        self.now = 1000.0
        self.legs: list[Leg] = []
        self.results: list[Result] = []
        self.statuses: list[tuple[float, str, int]] = []
        self.notes: list[do.Note] = []
        self.told: list[str] = []
        self.is_held = False
        self._plan, self._opens = plan, opens
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        chance = random.Random(seed)
        ids = count()
        spec = StreamSpec("id", "fr-CA", RATE_HZ)
        self.supervision = Supervision(
            spec, engines, chance=chance.random, new_id=lambda: f"id-{next(ids)}", policy=policy
        )

    def after(self, delay_s: float, call: Callable[[], None]) -> None:
        """Has it called later."""
        heapq.heappush(self._events, (self.now + delay_s, next(self._numbers), call))

    def tell(self, what: str, *values: object) -> None:
        """A leg says something."""
        self.perform(getattr(self.supervision, what)(*values, self.now))

    def run(self, seconds: float) -> None:
        """Time passes."""
        until = self.now + seconds
        for _ in range(200_000):
            event_at = self._events[0][0] if self._events else float("inf")
            at = min(event_at, self.supervision.due_at)
            if at > until:
                self.now = until
                return
            self.now = max(self.now, at)
            if event_at <= self.supervision.due_at:
                heapq.heappop(self._events)[2]()
            else:
                self.perform(self.supervision.tick(self.now))
        raise AssertionError("time stands still: a timer would spin")

    def speak(self, frame_s: float = 0.256, start_s: float = 0.0, until_s: float = 1e9) -> None:
        """Plays the recording, or part of it, in real time."""
        step = 2 * round(frame_s * RATE_HZ)
        start, end = 2 * round(start_s * RATE_HZ), min(len(self.pcm), 2 * round(until_s * RATE_HZ))
        for at in range(start, end, step):
            frame = self.pcm[at : min(at + step, end)]
            self.perform(self.supervision.feed(frame, self.now))
            self.run(len(frame) / 2 / RATE_HZ)

    def finish(self, within_s: float = 120.0) -> None:
        """Stops, and waits for the end."""
        self.perform(self.supervision.finish(self.now))
        self.run(within_s)

    def perform(self, orders: list[do.Order]) -> None:
        """Does what the supervision says."""
        for order in orders:
            match order:
                case do.OpenLeg():
                    self._open(order)
                case do.FeedLeg():
                    assert not self.legs[-1].is_gone or self.legs[-1].fault is not None
                    self.legs[-1].feed(order.audio)
                case do.FinishLeg():
                    self.legs[-1].finish()
                case do.FlushLeg():
                    self.legs[-1].recognise(is_last=True)
                    self.after(0.1, lambda generation=self.legs[-1].generation: self.tell("flushed", generation))
                case do.AbortLeg():
                    self.legs[-1].is_gone = True
                case do.Tell():
                    self.results.append(order.result)
                case do.TellStatus():
                    self.statuses.append((self.now, order.state, order.engine))
                case do.Note():
                    self.notes.append(order)
                case do.TellBacklog():
                    self.is_held = order.is_full
                case _:
                    self.told.append(type(order).__name__)

    def _open(self, order: do.OpenLeg) -> None:
        number = len(self.legs)
        fault, fails_at_s = self._plan(number)
        if order.engine == do.FALLBACK and fault is Fault.SILENT:
            fault = None  # an engine in this process cannot go deaf
        leg = Leg(self, order.generation, order.engine, self.now, fault, fails_at_s)
        self.legs.append(leg)
        opens = self._opens(number, order.engine)
        if isinstance(opens, AlieError):
            leg.is_gone = True
            self.after(0.05, lambda: self.tell("failed", leg.generation, opens))
        else:
            self.after(opens, lambda: None if leg.is_gone else self.tell("opened", leg.generation))

    # -- what must hold ------------------------------------------------------------------------------------------

    @property
    def final_words(self) -> list[str]:
        """The words of the finals, in the order they were told."""
        return [word for result in self.results if result.is_final for word in result.text.split()]

    @property
    def expected_words(self) -> list[str]:
        """The words of the recording."""
        return [word.text for word in self.words]

    @property
    def heard_blocks(self) -> set[int]:
        """Blocks of the recording that any leg got."""
        return {number for leg in self.legs for number in leg.index}
