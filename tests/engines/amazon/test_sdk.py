"""The sdk transport against the simulator: real HTTP/2 over loopback TLS."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import deferLater
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.sdk import SdkTransport
from alie.engines.amazon.sdk_wire import HIGH_WATER_S
from alie.faults import Fault
from alie.simulator.faults import FaultKind, LegFault, in_order
from alie.simulator.service import SimulatedCredentials
from tests.engines.amazon.sdk_streams import (
    RATE_HZ,
    SPEAKER,
    Keys,
    RecordingWireListener,
    ScriptedKeys,
    SimulatorTestCase,
    recording,
)
from tests.engines.fakes import QueueReactor, ThreadlessPool


class DictationTests(SimulatorTestCase):
    """A whole stream."""

    async def test_words_and_audio(self) -> None:
        """What is sent before the stream is open counts; every word comes once, and the end comes last."""
        await self.begin(credentials=SimulatedCredentials(session_token="t/o+k=en"))
        wire = self.open()
        audio = recording()
        self.speak(wire, audio)
        self.assertEqual(wire.unsent_bytes, len(audio))
        wire.end()
        await self.listener.over
        self.assertEqual(self.listener.words, self.simulator.service._scripts[SPEAKER].texts)
        self.assertEqual((self.listener.names[-1], self.listener.names.count("open")), ("end", 1))
        self.assertLess(self.listener.names.index("open"), self.listener.names.index("results"))
        self.assertEqual(self.listener.threads, {threading.current_thread().name})
        leg = self.simulator.legs[0]
        self.assertEqual((leg.sha256, leg.ended_by), (hashlib.sha256(audio).hexdigest(), "end"))
        self.assertEqual((wire.unsent_bytes, self.simulator.service.bad_signatures), (0, []))

    async def test_parameters(self) -> None:
        """All of them reach the service as they are; those that the SDK knows as well as others."""
        await self.begin()
        options = {"identify_language": "true", "language_options": "fr-CA,en-US", "show_speaker_label": "true"}
        extra = {"vocabulary_names": "a,b", "pii_entity_types": "NAME", "content_identification_type": "PII"}
        wire = self.open(**options, **extra, session_resume_window="5")
        del self.parameters["language-code"]
        wire.abort()
        self.listener = RecordingWireListener()
        wire = self.transport.open(self.parameters, self.listener)
        wire.end()
        await self.listener.over
        self.assertEqual(self.listener.names, ["open", "end"])
        self.assertEqual(self.simulator.legs[-1].parameters, self.parameters)

    async def test_results_are_the_services_own(self) -> None:
        """Fields that the SDK's models do not know come through, such as the scores of the languages."""
        await self.begin()
        parameters = {
            "identify-language": "true",
            "language-options": "fr-CA,en-US",
            "sample-rate": str(RATE_HZ),
            "media-encoding": "pcm",
        }
        wire = self.transport.open(parameters, self.listener)
        self.speak(wire, recording())
        wire.end()
        await self.listener.over
        identified = [result for result in self.listener.results if "LanguageIdentification" in result]
        self.assertEqual({result["LanguageCode"] for result in identified}, {"en-US"})

    async def test_streams_side_by_side(self) -> None:
        """Each has a connection for itself: what becomes of one is nothing to the other."""
        await self.begin(plan=lambda occasion: LegFault(FaultKind.RESET, 0.5) if occasion.serial == 0 else None)
        first, broken = self.open(), self.listener
        await broken.opened
        self.listener = RecordingWireListener()
        second = self.open()
        await self.listener.opened
        self.speak(first, recording(1.0))
        await broken.over
        self.speak(second, recording())
        second.end()
        await self.listener.over
        self.assertEqual((broken.fault, self.listener.fault), (Fault.CONNECTION, None))


class BacklogTests(SimulatorTestCase):
    """Audio that the service does not take."""

    async def test_slow_reader(self) -> None:
        """The source is told to pause while it is not read, and to go on when it is; nothing is lost."""
        await self.begin(plan=in_order(LegFault(FaultKind.SLOW_READ, 0.5, for_s=0.3)))
        wire = self.open()
        audio = recording(12.0)
        self.speak(wire, audio)
        self.assertGreater(wire.unsent_bytes, HIGH_WATER_S * 2 * RATE_HZ)
        wire.end()
        await self.listener.over
        told = [name for name in self.listener.names if name.startswith("backlog")]
        self.assertEqual(told, ["backlog True", "backlog False"])
        self.assertEqual(self.simulator.legs[0].sha256, hashlib.sha256(audio).hexdigest())


class EndingTests(SimulatorTestCase):
    """Streams that are dropped from this side."""

    async def test_abort(self) -> None:
        """The connection goes, and nothing more is told, however often it is asked."""
        await self.begin()
        wire = self.open()
        await self.listener.opened
        self.speak(wire, recording())
        wire.abort()
        wire.abort()
        told = list(self.listener.names)
        while self.simulator.legs[0].closed_s is None:
            await deferLater(reactor, 0.01)
        self.assertEqual((self.simulator.legs[0].ended_by, self.listener.names), ("client", told))

    async def test_abort_before_the_keys(self) -> None:
        """Nobody asks for them any more."""
        cancelled: list[Deferred[Keys]] = []
        keys: Deferred[Keys] = Deferred(cancelled.append)
        await self.begin(keys=lambda: keys)
        wire = self.open()
        wire.abort()
        await self.stop(self.transport)
        self.assertEqual((self.listener.names, self.simulator.legs, cancelled), ([], [], [keys]))

    async def test_stop_with_stuck_streams(self) -> None:
        """One that is being opened, one that hears nothing more: all threads end, nothing is told."""
        await self.begin(
            plan=lambda occasion: (
                LegFault(FaultKind.SLOW_OPEN, for_s=60.0) if occasion.serial else LegFault(FaultKind.HALF_OPEN)
            )
        )
        wire = self.open()
        await self.listener.opened
        self.speak(wire, recording())
        wire.end()
        self.open()
        while len(self.simulator.legs) < 2:
            await deferLater(reactor, 0.01)
        await self.stop(self.transport)
        self.assertEqual([name for name in self.listener.names if not name.startswith("backlog")], ["open"])
        self.assertFalse([thread.name for thread in threading.enumerate() if "alie-sdk" in thread.name])


class OptionsTests(SynchronousTestCase):
    """What the transport cannot be used with is said at start."""

    def refuse(self, told: str, **options: str) -> None:
        source = ScriptedKeys(lambda: fail(ValueError()))
        given = AmazonOptions(transport="sdk", **options)  # type: ignore[arg-type]
        with self.assertRaisesRegex(ValueError, told):
            SdkTransport(QueueReactor(), given, source, ThreadlessPool())

    def test_plain_http(self) -> None:
        """awscrt speaks HTTP/2 only over TLS."""
        self.refuse("https", endpoint="http://localhost:1")

    def test_authorities(self) -> None:
        """A file that is not there, and one without a certificate."""
        self.refuse("/nonexistent.pem", ca_file="/nonexistent.pem")
        path = Path(self.mktemp())
        path.write_text("nothing")
        self.refuse(str(path), ca_file=str(path))
