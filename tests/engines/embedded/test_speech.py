"""The real model on real recordings, a frame of 256 ms at a time, without threads: the same words each time."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.bridge import Bridge
from alie.engines.embedded import EmbeddedEngine, locate_model
from alie.engines.embedded.hearing import Asked, Begun, Reading, Utterance, Workshop
from alie.engines.embedded.libraries import prepare_environment
from alie.engines.embedded.policy import Policy
from alie.speech import StreamSpec
from bench import scoring
from tests.engines.fakes import QueueReactor, RecordingListener, ThreadlessPool

RECORDINGS = Path(__file__).parent.parent.parent / "speech"
FRAME_S = 0.256


@cache
def recognizer() -> Workshop:
    """The real one, loaded once for all tests."""
    prepare_environment()
    from alie.engines.embedded.recognizer import Recognizer

    return Recognizer(locate_model(), 1, Policy())


class WatchedWorkshop:
    """The real one, which notes where its partials begin: seconds from the utterance's beginning."""

    def __init__(self) -> None:
        self._recognizer = recognizer()
        self.new_ear = self._recognizer.new_ear
        self.begins_word = self._recognizer.begins_word
        self.read_final = self._recognizer.read_final
        self.from_s: list[float] = []

    def read_partial(self, utterance: Utterance, asked: Asked, begun: Begun) -> Reading:
        self.from_s.append(begun.from_s)
        return self._recognizer.read_partial(utterance, asked, begun)


@cache
def recording(name: str, sample_rate_hz: int = 16000) -> bytes:
    """A recording as PCM16."""
    from bench.takes import read_pcm

    return read_pcm(RECORDINGS / f"{name}.flac", sample_rate_hz)


def reference(name: str) -> str:
    """What is said in a recording."""
    lines = (RECORDINGS / "manifest.tsv").read_text(encoding="utf-8").splitlines()
    return next(line.split("\t")[3] for line in lines if line.startswith(f"{name}."))


def spec(language_code: str, **fields: Any) -> StreamSpec:
    """A specification with the usual values."""
    return StreamSpec("id", language_code, **fields)


class SpeechCase(SynchronousTestCase):
    """A started engine whose jobs run as soon as they are there."""

    def setUp(self) -> None:
        self.start(recognizer)

    def start(self, load: Callable[[], Workshop]) -> None:
        self.clock = QueueReactor()
        self.pool = ThreadlessPool()
        bridge = Bridge(self.clock, workers=2, pool=self.pool)
        self.engine = EmbeddedEngine(self.clock, locate_model(), 2, bridge=bridge, load=load)
        self.engine.start()
        self.work()

    def work(self) -> None:
        while self.pool.waiting:
            self.pool.perform()
            self.clock.settle()

    def hear(self, audio: bytes, what: StreamSpec) -> RecordingListener:
        """Speaks `audio` in real time of the test's clock and finishes."""
        listener = RecordingListener()
        stream = self.engine.open(what, listener)
        frame_bytes = int(FRAME_S * what.sample_rate_hz) * 2
        for first in range(0, len(audio), frame_bytes):
            self.clock.advance(FRAME_S)
            stream.feed(audio[first : first + frame_bytes])
            self.work()
        stream.finish()
        self.work()
        self.assertEqual(listener.names[-1], "finished")
        self.assertWellFormed(listener)
        return listener

    def assertWellFormed(self, listener: RecordingListener) -> None:
        """Every segment shown has one final, the last of its results; times never run back."""
        shown = {one.segment_id for one in listener.results}
        finals = [one.segment_id for one in listener.finals]
        self.assertEqual(sorted(shown), sorted(finals))
        for segment_id in shown:
            own = [one.is_final for one in listener.results if one.segment_id == segment_id]
            self.assertEqual(own, sorted(own))
        for one in listener.results:
            self.assertLessEqual(one.start_s, one.end_s)
            for word in one.words:
                self.assertLessEqual(word.start_s, word.end_s)
                self.assertTrue(word.confidence is None or 0 <= word.confidence <= 1)

    def error_rate(self, listener: RecordingListener, name: str, language_code: str) -> float:
        return scoring.word_error_rate(reference(name), listener.text, language_code)


class RecordingTests(SpeechCase):
    """What is said is what is read."""

    def test_english(self) -> None:
        """Punctuated text, words with times and confidence within the audio, partials before the final."""
        audio = recording("en-07-demo-nogo")
        listener = self.hear(audio, spec("en-US", wants_words=True))
        self.assertLess(self.error_rate(listener, "en-07-demo-nogo", "en-US"), 0.1)
        self.assertTrue(listener.text.endswith("."))
        self.assertGreater(len(listener.partials), 3)
        words = [word for one in listener.finals for word in one.words if not word.is_punctuation]
        self.assertGreater(len(words), 20)
        self.assertEqual([word.start_s for word in words], sorted(word.start_s for word in words))
        self.assertLess(words[-1].end_s, len(audio) / 32000)
        self.assertTrue(all((one.confidence or 0) > 0.5 for one in listener.finals))
        self.assertEqual({one.language_code for one in listener.results}, {None})

    def test_partials_go_on(self) -> None:
        """In a long utterance partials leave behind what they have read for good, and still tell all of it."""
        workshop = WatchedWorkshop()
        self.start(lambda: workshop)
        listener = self.hear(recording("en-07-demo-nogo"), spec("en-US"))
        self.assertEqual(workshop.from_s, sorted(workshop.from_s))
        self.assertGreater(workshop.from_s[-1], 2.0)
        (final,) = listener.finals
        last = [one for one in listener.partials if one.end_s < final.end_s][-1]
        words, heard = (scoring.normalise(one.text, "en-US") for one in (final, last))
        self.assertGreater(len(heard), len(words) / 2)
        self.assertLess(scoring.word_error_rate(" ".join(words[: len(heard)]), " ".join(heard), "en-US"), 0.3)

    def test_french(self) -> None:
        listener = self.hear(recording("fr-06-privacy-prompt"), spec("fr-CA"))
        self.assertLess(self.error_rate(listener, "fr-06-privacy-prompt", "fr-CA"), 0.2)

    def test_words_stand_where_they_are_said(self) -> None:
        """The first word of each sentence begins within half a second of it."""
        timeline = json.loads((RECORDINGS / "en-long.timeline.json").read_text(encoding="utf-8"))[:3]
        audio = recording("en-long")[: int(32000 * timeline[-1][1])]
        listener = self.hear(audio, spec("en-US", wants_partials=False))
        starts = [one.start_s for one in listener.finals]
        for start_s, *_ in timeline:
            self.assertTrue(any(abs(start_s - one) < 0.5 for one in starts), (start_s, starts))

    def test_other_rates(self) -> None:
        """Telephone, CD and studio rates give the same words, at the same times."""
        for rate_hz in (8000, 44100, 48000):
            audio = recording("en-09-vm-savefolder", rate_hz)
            listener = self.hear(audio, spec("en-US", sample_rate_hz=rate_hz))
            self.assertLess(self.error_rate(listener, "en-09-vm-savefolder", "en-US"), 0.2)
            self.assertLess(abs(listener.finals[-1].end_s - 2.5), 0.6)

    def test_identification(self) -> None:
        """Each utterance tells its own language."""
        pause = bytes(32000)
        audio = recording("fr-06-privacy-prompt") + pause + recording("en-06-privacy-prompt")
        listener = self.hear(audio, spec("auto"))
        self.assertEqual([one.language_code for one in listener.finals], ["fr-CA", "en-US"])

    def test_vocabulary(self) -> None:
        """Phrases to listen for do not become text, and nothing is said twice."""
        what = spec("en-US", vocabulary=("furosemide", "Comedian Mail", "metoprolol"))
        listener = self.hear(recording("en-10-vm-newuser"), what)
        self.assertLess(self.error_rate(listener, "en-10-vm-newuser", "en-US"), 0.1)
        silent = self.hear(bytes(96000), what)
        self.assertEqual(silent.events, [("finished", None)])

    def test_flush(self) -> None:
        """What was said so far is final at once, and what follows is not harmed."""
        listener = RecordingListener()
        stream = self.engine.open(spec("en-US"), listener)
        audio = recording("en-05-queue-periodic-announce")
        stream.feed(audio[:96000])
        stream.flush()
        self.work()
        self.assertEqual(listener.names[-1], "flushed")
        self.assertIn("representatives", listener.text)
        stream.feed(audio[96000:])
        stream.finish()
        self.work()
        self.assertIn("next available representative", listener.text)
        self.assertWellFormed(listener)

    def test_two_at_once(self) -> None:
        """Streams do not mix, and a flood of audio is heard to its end."""
        names = {"en-02-conf-invalid": "en-US", "fr-09-vm-nobox": "fr-CA"}
        listeners = []
        for name, language_code in names.items():
            listeners.append(RecordingListener())
            stream = self.engine.open(spec(language_code), listeners[-1])
            stream.feed(recording(name))
            stream.finish()
        self.work()
        for listener, (name, language_code) in zip(listeners, names.items(), strict=True):
            self.assertLess(self.error_rate(listener, name, language_code), 0.2)


class NothingSaidTests(SpeechCase):
    """Where nobody speaks there is no text."""

    def assertNothing(self, samples: Any) -> None:
        import numpy as np

        audio = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        for language_code in ("fr-CA", "en-US"):
            self.assertEqual(self.hear(audio, spec(language_code)).text, "")

    def test_silence(self) -> None:
        import numpy as np

        self.assertNothing(np.zeros(16000 * 6))

    def test_noise(self) -> None:
        import numpy as np

        random = np.random.default_rng(1)
        for level in (0.003, 0.05, 0.3):
            self.assertNothing(random.standard_normal(16000 * 6) * level)

    def test_tones(self) -> None:
        """A tone, mains hum with its harmonics, dialling, and a chord that swells."""
        import numpy as np

        t = np.arange(16000 * 6) / 16000
        hum = sum(np.sin(2 * np.pi * 60 * harmonic * t) / harmonic for harmonic in range(1, 8))
        dialling = (np.sin(2 * np.pi * 770 * t) + np.sin(2 * np.pi * 1336 * t)) * (np.sin(2 * np.pi * 2 * t) > 0)
        chord = sum(np.sin(2 * np.pi * hertz * t) for hertz in (220, 277, 330, 440)) * np.sin(np.pi * t / 2) ** 2
        for samples in (np.sin(2 * np.pi * 1000 * t) / 2, hum / 4, dialling / 4, chord / 6):
            self.assertNothing(samples)
