"""The engine and its streams, over a wire that a test holds."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.engine import AmazonEngine
from alie.engines.amazon.options import AmazonOptions
from alie.engines.interface import Engine, StreamListener
from alie.errors import Capacity, EngineRejected, EngineUnavailable
from alie.faults import Fault, StreamFailed, fault_of
from alie.speech import StreamSpec
from alie.transcript import Result
from tests.engines.amazon.test_results import given_result


class HeldWire:
    """See `alie.engines.amazon.transport.Wire`: remembers what it is asked for."""

    def __init__(self, parameters: Any, listener: Any) -> None:
        self.parameters, self.listener = dict(parameters), listener
        self.unsent_bytes = 0
        self.asked: list[Any] = []

    def send(self, audio: bytes) -> None:
        self.asked.append(audio)

    def end(self) -> None:
        self.asked.append("end")

    def abort(self) -> None:
        self.asked.append("abort")


class HeldTransport:
    """See `alie.engines.amazon.transport.Transport`."""

    def __init__(self) -> None:
        self.wires: list[HeldWire] = []
        self.stopped: Deferred[None] = Deferred()

    def open(self, parameters: Any, listener: Any) -> HeldWire:
        self.wires.append(HeldWire(parameters, listener))
        return self.wires[-1]

    def stop(self) -> Deferred[None]:
        return self.stopped


class Keyring:
    """Stands where credentials would be kept."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self.is_running = False

    def start(self) -> None:
        self.is_running = True

    def stop(self) -> Deferred[None]:
        self.is_running = False
        return succeed(None)


class Heard:
    """Remembers what a stream tells."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.react: Any = lambda: None

    def on_open(self) -> None:
        self.events.append("open")

    def on_result(self, result: Result) -> None:
        self.events.append((result.segment_id, result.is_final))
        self.react()

    def on_flushed(self) -> None:
        self.events.append("flushed")

    def on_finished(self) -> None:
        self.events.append("finished")

    def on_failed(self, error: Any) -> None:
        self.events.append(fault_of(error))

    def on_backlog(self, is_full: bool) -> None:
        self.events.append(("backlog", is_full))


_: type[StreamListener] = Heard  # a type checker holds it to the interface


class EngineCase(SynchronousTestCase):
    """An engine that has been started."""

    def setUp(self) -> None:
        self.transport, self.keys, self.heard = HeldTransport(), Keyring(), Heard()
        keys: Any = self.keys
        self.engine = AmazonEngine(AmazonOptions(), self.transport, keys, seats=2)
        self.as_engine: Engine = self.engine
        self.engine.start()

    def open(self, language_code: str = "fr-CA", **fields: Any) -> Any:
        stream = self.engine.open(StreamSpec("s", language_code, **fields), self.heard)
        self.wire = self.transport.wires[-1]
        return stream


class Streams(EngineCase):
    """One stream is one leg."""

    def test_what_is_wanted_goes_to_the_transport(self) -> None:
        self.open(wants_speakers=True)
        self.assertEqual(self.wire.parameters["show-speaker-label"], "true")
        self.assertEqual(self.wire.parameters["language-code"], "fr-CA")

    def test_audio_goes_on_as_it_comes(self) -> None:
        stream = self.open()
        for audio in (b"ab", bytes(8192), bytes(32000)):
            stream.feed(audio)
        stream.finish()
        self.assertEqual(self.wire.asked, [b"ab", bytes(8192), bytes(32000), "end"])

    def test_more_than_a_second_goes_in_parts(self) -> None:
        stream = self.open(sample_rate_hz=8000)
        audio = bytes(range(256)) * 150
        stream.feed(audio)
        self.assertEqual([len(part) for part in self.wire.asked], [16000, 16000, 6400])
        self.assertEqual(b"".join(self.wire.asked), audio)

    def test_nothing_does_not_end_the_stream(self) -> None:
        self.open().feed(b"")
        self.assertEqual(self.wire.asked, [])

    def test_what_waits_is_told_in_seconds(self) -> None:
        stream = self.open()
        self.wire.unsent_bytes = 48000
        self.assertEqual(stream.backlog_s, 1.5)

    def test_segments_cannot_be_ended_on_demand(self) -> None:
        self.assertFalse(self.engine.traits.can_flush)
        with self.assertRaises(NotImplementedError):
            self.open().flush()

    def test_what_the_wire_tells_is_told(self) -> None:
        self.open()
        self.wire.listener.on_open()
        self.wire.listener.on_backlog(True)
        self.wire.listener.on_backlog(False)
        self.wire.listener.on_results([given_result(is_partial=True), given_result(), given_result(ResultId="r2")])
        self.wire.listener.on_results([])
        self.wire.listener.on_end()
        self.assertEqual(
            self.heard.events,
            ["open", ("backlog", True), ("backlog", False), ("r1", False), ("r1", True), ("r2", True), "finished"],
        )
        self.assertEqual(self.engine.streams, set())

    def test_nonsense_is_counted(self) -> None:
        self.open()
        self.wire.listener.on_results([{}, given_result(), {"IsPartial": 3}])
        self.assertEqual(self.heard.events, [("r1", True)])
        self.assertEqual(self.engine.gauges()["amazon_dropped_results"](), 2)

    def test_an_end_that_leaves_a_segment_open_is_none(self) -> None:
        self.open()
        self.wire.listener.on_results([given_result(is_partial=True)])
        self.wire.listener.on_end()
        self.assertEqual(self.heard.events, [("r1", False), Fault.CLOSED])

    def test_a_failure(self) -> None:
        self.open()
        self.wire.listener.on_failed(StreamFailed(Fault.LIMIT))
        self.assertEqual(self.heard.events, [Fault.LIMIT])
        self.assertEqual(self.engine.streams, set())

    def test_aborting_in_the_middle_of_results(self) -> None:
        stream = self.open()
        self.heard.react = stream.abort
        self.wire.listener.on_results([given_result(), given_result(ResultId="r2")])
        self.assertEqual(self.heard.events, [("r1", True)])
        stream.abort()
        self.assertEqual(set(self.wire.asked), {"abort"})


class Seats(EngineCase):
    """How many at once."""

    def test_no_more_than_there_are(self) -> None:
        first = self.open()
        self.open()
        with self.assertRaises(Capacity):
            self.open()
        first.abort()
        self.open()
        self.assertEqual(self.engine.seats, 2)

    def test_refused_parameters_take_none(self) -> None:
        with self.assertRaises(EngineRejected):
            self.open("de-DE")
        self.assertEqual(self.transport.wires, [])
        self.assertEqual(self.engine.streams, set())

    def test_gauges(self) -> None:
        self.open()
        self.open()
        self.wire.listener.on_failed(StreamFailed(Fault.SERVICE))
        figures = {name: ask() for name, ask in self.engine.gauges().items()}
        self.assertEqual(
            figures,
            {"amazon_open_streams": 1, "amazon_opens": 2, "amazon_failures": 1, "amazon_dropped_results": 0},
        )


class Running(EngineCase):
    """Start and stop."""

    def test_problems(self) -> None:
        keys: Any = self.keys
        self.assertEqual(len(AmazonEngine(AmazonOptions(), self.transport, keys).problems()), 1)
        self.assertEqual(self.engine.problems(), [])
        self.keys.problem = "No AWS credentials were found"
        self.assertEqual(self.engine.problems(), ["No AWS credentials were found"])
        self.assertFalse(self.engine.is_lost)

    def test_stopping(self) -> None:
        self.assertTrue(self.keys.is_running)
        self.open()
        stopped = self.engine.stop()
        self.assertEqual(self.wire.asked, ["abort"])
        self.assertNoResult(stopped)
        self.transport.stopped.callback(None)
        self.assertIsNone(self.successResultOf(stopped))
        self.assertFalse(self.keys.is_running)
        self.assertTrue(self.engine.is_lost)
        self.assertEqual(len(self.engine.problems()), 1)
        with self.assertRaises(EngineUnavailable):
            self.open()
