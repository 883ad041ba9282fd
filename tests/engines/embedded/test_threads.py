"""The whole engine as the daemon runs it: the real reactor, real threads, the real model."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from alie.engines.embedded import EmbeddedEngine, locate_model
from alie.speech import StreamSpec
from tests.engines.embedded.test_speech import recording
from tests.engines.fakes import RecordingListener


class ThreadTests(TestCase):
    """Streams opened while the model is being loaded are heard, side by side, and the threads end."""

    timeout = 60

    def test_two_streams_at_once(self) -> None:
        engine = EmbeddedEngine(reactor, locate_model(), workers=2)  # type: ignore[arg-type]
        engine.start()
        self.addCleanup(engine.stop)
        listeners = []
        for language_code, name in (("en-US", "en-09-vm-savefolder"), ("fr-CA", "fr-10-vm-savefolder")):
            listeners.append(RecordingListener())
            stream = engine.open(StreamSpec("id", language_code), listeners[-1])
            audio = recording(name)
            for first in range(0, len(audio), 8192):
                stream.feed(audio[first : first + 8192])
            stream.finish()

        def check(_: Any) -> None:
            self.assertEqual(engine.problems(), [])
            self.assertIn("folder", listeners[0].text)
            self.assertIn("dossier", listeners[1].text)
            self.assertEqual([listener.names[-1] for listener in listeners], ["finished"] * 2)
            self.assertGreater(engine.decode_seconds, 0.0)
            self.assertEqual(engine.open_streams, 0)

        done: Deferred[Any] = gatherResults([listener.over for listener in listeners]).addCallback(check)
        return done  # type: ignore[return-value]
