"""What every engine keeps to (`alie.engines.interface`); Amazon's is held to it in `tests.engines.amazon`."""

from __future__ import annotations

import gc
import random
import uuid
import weakref
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from alie.engines.embedded.engine import EmbeddedEngine
from alie.engines.embedded.hearing import Hearing, Utterance
from alie.engines.interface import Engine
from alie.errors import AlieError, Capacity, EngineRejected, EngineUnavailable
from alie.simulator.stamp import stamp
from alie.speech import StreamSpec
from tests.engines.fakes import RecordingListener, ScriptedWorkshop

SPEAKER = 5
SECONDS = 4
AUDIO = stamp(random.Random(1).randbytes(32000 * SECONDS), SPEAKER)
FRAME_BYTES = 8192


class Listener(RecordingListener):
    """Remembers also when the stream was opened, and lets one wait for that."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: Deferred[None] = Deferred()

    def on_open(self) -> None:
        self.events.append(("open", None))
        self.opened.callback(None)

    @property
    def failure(self) -> AlieError:
        """What it failed with, as the last of all that was told."""
        name, error = self.events[-1]
        assert name == "failed", self.names
        return error  # type: ignore[no-any-return]


class EngineContract:
    """Tests for any engine. A subclass gives `make`; its engine has two seats and hears something in `AUDIO`."""

    async def make(self) -> Engine:
        """An engine that is not started."""
        raise NotImplementedError

    async def begin(self) -> Engine:
        """An engine that is started, and will be stopped."""
        engine = await self.make()
        engine.start()
        self.is_stopped = False
        self.addCleanup(self.stop, engine)  # type: ignore[attr-defined]
        return engine

    async def stop(self, engine: Engine) -> None:
        if not self.is_stopped:
            self.is_stopped = True
            await engine.stop()

    def open(self, engine: Engine, language_code: str = "fr-CA", **fields: Any) -> tuple[Any, Listener]:
        listener = Listener()
        return engine.open(StreamSpec(str(uuid.uuid4()), language_code, **fields), listener), listener

    async def dictate(self, engine: Engine, **fields: Any) -> Listener:
        """A whole stream, as it comes from a supervisor: audio is fed once the stream is open."""
        stream, listener = self.open(engine, **fields)
        await listener.opened
        for start in range(0, len(AUDIO), FRAME_BYTES):
            stream.feed(AUDIO[start : start + FRAME_BYTES])
        stream.finish()
        await listener.over
        return listener

    async def test_every_segment_shown_gets_one_final_and_the_end_comes_last(self: Any) -> None:
        listener = await self.dictate(await self.begin())
        self.assertEqual((listener.names[0], listener.names[-1]), ("open", "finished"))
        self.assertEqual(listener.names.count("open"), 1)
        finals = [result.segment_id for result in listener.finals]
        self.assertGreater(len(finals), 0)
        self.assertEqual(len(finals), len(set(finals)))
        ended: set[str] = set()
        for result in listener.results:
            self.assertNotIn(result.segment_id, ended)
            self.assertTrue(0 <= result.start_s <= result.end_s <= SECONDS + 1, result)
            if result.is_final:
                ended.add(result.segment_id)
        self.assertEqual(ended, {result.segment_id for result in listener.results})

    async def test_partials_come_only_where_they_are_wanted(self: Any) -> None:
        engine = await self.begin()
        partials = (await self.dictate(engine, wants_partials=False)).partials
        self.assertEqual([partial.text for partial in partials if partial.text], [])

    async def test_a_stream_that_is_over_lets_go_of_its_listener(self: Any) -> None:
        """Who knows what was said; at once, and not when a collection of garbage comes by."""
        engine = await self.begin()
        gc.disable()
        self.addCleanup(gc.enable)
        finished = weakref.ref(await self.dictate(engine))
        stream, listener = self.open(engine)
        await listener.opened
        stream.feed(AUDIO[:FRAME_BYTES])
        stream.abort()
        aborted = weakref.ref(listener)
        del stream, listener
        await deferLater(reactor, 0)  # who told it that all is over has returned by then
        self.assertEqual((finished(), aborted()), (None, None))

    async def test_a_stream_without_audio(self: Any) -> None:
        stream, listener = self.open(await self.begin())
        await listener.opened
        stream.finish()
        await listener.over
        self.assertEqual([name for name in listener.names if name != "open"], ["finished"])

    async def test_what_waits_is_known_in_seconds(self: Any) -> None:
        stream, listener = self.open(await self.begin())
        await listener.opened
        self.assertEqual(stream.backlog_s, 0.0)
        stream.abort()

    async def test_nothing_is_told_after_an_abort(self: Any) -> None:
        engine = await self.begin()
        for is_open in (False, True):
            stream, listener = self.open(engine)
            if is_open:
                await listener.opened
                stream.feed(AUDIO[:FRAME_BYTES])
            stream.abort()
            stream.abort()
            told = list(listener.names)
            await deferLater(reactor, 0.02)
            self.assertEqual(listener.names, told)

    async def test_seats_are_counted_and_given_back(self: Any) -> None:
        engine = await self.begin()
        first, _ = self.open(engine)
        self.open(engine)
        self.assertEqual(engine.seats, 2)
        with self.assertRaises(Capacity):
            self.open(engine)
        first.abort()
        self.open(engine)

    async def test_parameters_it_cannot_take(self: Any) -> None:
        engine = await self.begin()
        for code, rate_hz in (("xx-YY", 16000), ("fr-CA", 7999), ("fr-CA", 48001)):
            with self.assertRaises(EngineRejected):
                self.open(engine, code, sample_rate_hz=rate_hz)

    async def test_stopping_silences_what_is_open_and_refuses_what_is_new(self: Any) -> None:
        engine = await self.begin()
        stream, listener = self.open(engine)
        await listener.opened
        stream.feed(AUDIO[:FRAME_BYTES])
        told = list(listener.names)
        await self.stop(engine)
        self.assertEqual(listener.names, told)
        self.assertNotEqual(engine.problems(), [])
        with self.assertRaises(EngineUnavailable):
            self.open(engine)

    async def test_an_engine_that_is_ready_has_no_problem(self: Any) -> None:
        engine = await self.begin()
        self.assertNotEqual((await self.make()).problems(), [])
        await self.dictate(engine)
        self.assertEqual(engine.problems(), [])
        self.assertFalse(engine.is_lost)


class WholeEar:
    """Hears one utterance in all it gets that is not silence; see `alie.engines.embedded.hearing.Ear`."""

    def __init__(self) -> None:
        self._heard_s = 0.0

    def hear(self, audio: bytes, patience_s: float, closes: bool = False, ended_at_s: float | None = None) -> Hearing:
        self._heard_s += len(audio) / 32000 if any(audio) else 0
        if not self._heard_s:
            return Hearing((), None)
        utterance = Utterance(0, 0.0, self._heard_s, self._heard_s, self._heard_s, None)
        return Hearing((utterance,), None) if closes else Hearing((), utterance)


class WholeWorkshop(ScriptedWorkshop):
    """Gives each stream an ear of its own."""

    def new_ear(self, sample_rate_hz: int) -> Any:
        return WholeEar()


class EmbeddedContract(EngineContract, TestCase):
    """The embedded engine with its real threads; only the model is not there."""

    async def make(self) -> Engine:
        nowhere: Any = None
        workshop: Any = WholeWorkshop([])
        on: Any = reactor
        return EmbeddedEngine(on, nowhere, workers=1, seats=2, load=lambda: workshop)
