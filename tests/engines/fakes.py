"""Stand-ins at the edges of the engines: a reactor and a pool without threads, a listener that remembers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from alie.engines.embedded.hearing import Asked, Begun, Hearing, Reading, Utterance
from alie.errors import AlieError
from alie.transcript import Result


class QueueReactor(Clock):
    """A clock with a queue of calls from threads; `settle` makes them."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: deque[Callable[[], None]] = deque()

    def callFromThread(self, callable: Callable[..., Any], *args: Any, **kw: Any) -> None:
        self._calls.append(lambda: callable(*args, **kw))

    def settle(self) -> None:
        while self._calls:
            self._calls.popleft()()


class ThreadlessPool:
    """Jobs wait here until `perform` runs the one that came first."""

    def __init__(self) -> None:
        self.waiting: deque[Callable[[], None]] = deque()
        self.is_running = False

    def start(self) -> None:
        self.is_running = True

    def stop(self) -> None:
        assert not self.waiting, "a real pool would block here"
        self.is_running = False

    def callInThreadWithCallback(self, onResult: Any, func: Any, *args: Any, **kw: Any) -> None:
        def call() -> None:
            try:
                result = func(*args, **kw)
            except Exception:
                onResult(False, Failure())
            else:
                onResult(True, result)

        self.waiting.append(call)

    def perform(self) -> None:
        self.waiting.popleft()()


@dataclass
class RecordingListener:
    """Remembers all it is told, in order; `until` waits for a kind of event."""

    events: list[tuple[str, Any]] = field(default_factory=list)
    over: Deferred[None] = field(default_factory=Deferred)

    def on_result(self, result: Result) -> None:
        self.events.append(("result", result))

    def on_open(self) -> None:
        """The engine has taken the stream."""

    def on_status(self, state: str, engine: str, error: AlieError | None) -> None:
        """The engine leg is well again, or not."""

    def on_flushed(self) -> None:
        self.events.append(("flushed", None))

    def on_finished(self) -> None:
        self.events.append(("finished", None))
        self.over.callback(None)

    def on_failed(self, error: AlieError) -> None:
        self.events.append(("failed", error))
        self.over.callback(None)

    def on_backlog(self, is_full: bool) -> None:
        self.events.append(("backlog", is_full))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    @property
    def results(self) -> list[Result]:
        return [event for name, event in self.events if name == "result"]

    @property
    def finals(self) -> list[Result]:
        return [result for result in self.results if result.is_final]

    @property
    def partials(self) -> list[Result]:
        return [result for result in self.results if not result.is_final]

    @property
    def text(self) -> str:
        return " ".join(result.text for result in self.finals if result.text)


class ScriptedEar:
    """Hears what the script says, one entry for each piece of audio; nothing once it is over."""

    def __init__(self, script: list[Hearing]) -> None:
        self._script = deque(script)
        self.heard: list[tuple[int, float, bool]] = []
        self.ended_at_s: list[float | None] = []

    def hear(self, audio: bytes, patience_s: float, closes: bool = False, ended_at_s: float | None = None) -> Hearing:
        self.ended_at_s.append(ended_at_s)
        self.heard.append((len(audio), patience_s, closes))
        return self._script.popleft() if self._script else Hearing((), None)


class ScriptedWorkshop:
    """Reads by look-up; see `alie.engines.embedded.hearing.Workshop`."""

    def __init__(self, script: list[Hearing]) -> None:
        self.ear = ScriptedEar(script)
        self.asked: list[Asked] = []
        self.begun: list[Begun] = []
        self.partial: Callable[[Utterance], Reading] = lambda utterance: Reading("partial", "en", (1, 2))
        self.final: Callable[[Utterance], Reading] = lambda utterance: Reading("Final.", "en", score=-0.9)

    def new_ear(self, sample_rate_hz: int) -> ScriptedEar:
        return self.ear

    def begins_word(self, token: int) -> bool:
        return True

    def read_partial(self, utterance: Utterance, asked: Asked, begun: Begun) -> Reading:
        self.asked.append(asked)
        self.begun.append(begun)
        return self.partial(utterance)

    def read_final(self, utterance: Utterance, asked: Asked) -> Reading:
        self.asked.append(asked)
        return self.final(utterance)
