"""Speech is told from what microphones give when nobody speaks."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable
from functools import cache
from itertools import cycle
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.legs.loudness import speech_s
from bench.takes import read_pcm

RECORDINGS = Path(__file__).parent.parent / "speech"
RATES_HZ = (8000, 16000, 44100, 48000)


@cache
def recording(name: str, sample_rate_hz: int = 16000) -> bytes:
    """At most twenty seconds of it."""
    return read_pcm(RECORDINGS / f"{name}.flac", sample_rate_hz)[: 40 * sample_rate_hz]


def changed(pcm: bytes, change: Callable[[int], float]) -> bytes:
    """Each sample as `change` gives it."""
    return array("h", (max(-32768, min(32767, round(change(one)))) for one in array("h", pcm))).tobytes()


def made(level: Callable[[float], float], sample_rate_hz: int = 16000, duration_s: int = 1) -> bytes:
    """Five seconds out of a function of time, of which so many are reckoned and then repeated."""
    reckoned = array("h", (round(level(n / sample_rate_hz)) for n in range(duration_s * sample_rate_hz)))
    return (reckoned * (5 // duration_s)).tobytes()


def tone(hz: float, amplitude: float) -> Callable[[float], float]:
    return lambda at: amplitude * math.sin(2 * math.pi * hz * at)


class SpeechTests(SynchronousTestCase):
    """Real sentences, as a watchdog hears them: about five seconds at a time."""

    def assertSpeech(self, pcm: bytes, hint: str, sample_rate_hz: int = 16000) -> None:
        """At least a second of speech in every whole five seconds."""
        step = 5 * 2 * sample_rate_hz
        for start in range(0, max(1, len(pcm) - step + 1), step):
            heard_s = speech_s(pcm[start : start + step], sample_rate_hz)
            self.assertGreaterEqual(heard_s, 1.0, hint)
            self.assertLessEqual(heard_s, 5.0, hint)

    def test_every_recording(self) -> None:
        names = sorted(path.stem for path in RECORDINGS.glob("*.flac"))
        self.assertGreater(len(names), 20)
        for name in names:
            self.assertSpeech(recording(name), name)

    def test_every_rate(self) -> None:
        for rate_hz in RATES_HZ:
            self.assertSpeech(recording("fr-01-agent-incorrect", rate_hz), str(rate_hz), rate_hz)

    def test_far_from_the_microphone(self) -> None:
        """A tenth of the level."""
        self.assertSpeech(changed(recording("fr-long"), lambda one: one / 10), "quiet")

    def test_a_microphone_with_an_offset(self) -> None:
        """Cheap ones add a constant, often more than a quiet voice."""
        self.assertSpeech(changed(recording("fr-long"), lambda one: one / 5 + 1000), "offset")

    def test_over_a_fan(self) -> None:
        noise = random.Random(1)
        fan = cycle([noise.gauss(0, 300) for _ in range(16001)])
        self.assertSpeech(changed(recording("en-long"), lambda one: one + next(fan)), "fan")

    def test_a_sentence_in_a_long_silence_is_not_overlooked(self) -> None:
        """Of much audio only a part is looked at, but it is spread over all of it."""
        sentence = recording("en-01-agent-incorrect")
        silence = bytes(2 * 16000 * 33)
        alone_s = speech_s(sentence, 16000)
        for long in (sentence + silence + silence, silence + sentence + silence, silence + silence + sentence):
            self.assertApproximates(speech_s(long, 16000), alone_s, 0.5)


class NoSpeechTests(SynchronousTestCase):
    """A leg that says nothing about this is alive."""

    def assertNone(self, pcm: bytes, hint: str, sample_rate_hz: int = 16000) -> None:
        self.assertLess(speech_s(pcm, sample_rate_hz), 0.1, hint)

    def test_too_little_to_say(self) -> None:
        self.assertEqual([speech_s(bytes(length), 16000) for length in (0, 2, 600)], [0.0, 0.0, 0.0])

    def test_digital_silence(self) -> None:
        for rate_hz in RATES_HZ:
            self.assertEqual(speech_s(bytes(10 * rate_hz), rate_hz), 0.0)

    def test_hum_of_the_mains(self) -> None:
        for rate_hz in RATES_HZ:
            for hz in (50, 60, 100, 120):
                self.assertNone(made(tone(hz, 3000), rate_hz), f"{hz} Hz at {rate_hz} Hz", rate_hz)

    def test_a_steady_tone(self) -> None:
        """Also one that is nearly as fast as the samples that are looked at."""
        for hz in (440, 999.7, 1000, 1000.3):
            self.assertNone(made(tone(hz, 3000), duration_s=5), f"{hz} Hz")

    def test_white_noise(self) -> None:
        noise = random.Random(1)
        for deviation in (30, 300, 3000):
            self.assertNone(made(lambda at, deviation=deviation: noise.gauss(0, deviation)), str(deviation))

    def test_a_dead_microphone(self) -> None:
        """A little hiss, a little hum, an offset, and now and then a crackle."""
        noise, hum = random.Random(1), tone(60, 20)
        for offset in (0, 900):
            hiss = made(lambda at, offset=offset: noise.gauss(0, 15) + hum(at) + offset)
            self.assertEqual(speech_s(hiss, 16000), 0.0)
        crackle = made(lambda at: noise.gauss(0, 15) + 2000 * (int(at * 1000) % 2500 == 7), duration_s=5)
        self.assertNone(crackle, "crackle")

    def test_the_loudest_noise_there_is(self) -> None:
        """Both ends of the scale."""
        noise = random.Random(1)
        self.assertNone(made(lambda at: noise.choice((-32768, 32767))), "full scale")
