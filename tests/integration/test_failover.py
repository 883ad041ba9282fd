"""Amazon goes out in mid-sentence: the engine on this machine takes over, and hands back at a pause when it returns."""

from __future__ import annotations

import re
from typing import Any

import jiwer
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from alie.simulator.script import MARKS
from alie.simulator.simulator import Simulator
from tests.support.daemon import start
from tests.support.dictation import Dictation, Manner, begin, end, speak
from tests.support.recordings import Take, long_take
from tests.support.transcribe import settings, simulate

FAILOVER_S = 1
TOLD_WITHIN_S = 5
# Of words that may be wrong: the model that comes with Alie is a small one.
TOLERATED = 0.4
# In the second sentence of both takes.
OUT_AT_S = 8.0


class FailoverTests(TestCase):
    """One dictation in each language."""

    timeout = 120

    def test_there_and_back(self) -> Deferred[None]:
        """No word is lost, whoever hears it, and all times are on one clock."""

        async def check() -> None:
            takes = [long_take("fr-long", 1, 7), long_take("en-long", 2, 7)]
            simulator = await simulate(self, takes)
            daemon = start(self, **settings(simulator, failover="on", failover_seconds=FAILOVER_S))
            url = await daemon.listening
            outage = Outage(simulator)
            dictations = await gatherResults(
                [Deferred.fromCoroutine(self.dictate(url, take, outage)) for take in takes], consumeErrors=True
            )
            for dictation in dictations:
                self.judge(dictation, outage.began_s)
            self.assertEqual(simulator.service.bad_signatures, [])
            daemon.stop()
            self.assertEqual(await daemon.ended, 0)
            log = daemon.out + daemon.err
            self.assertNotIn("Traceback", log)
            for word in (word for take in takes for word in take.script.texts):
                self.assertNotIn(word, log)

        return Deferred.fromCoroutine(check())

    async def dictate(self, url: str, take: Take, outage: Outage) -> Dictation:
        """Speaks until Amazon has been left and is back."""
        manner = Manner()
        dictation = await begin(url, take, manner)

        def is_enough() -> bool:
            engines = [final["engine"] for final in dictation.finals]
            if dictation.spoken_s >= OUT_AT_S:
                outage.begin()
            if "embedded" in engines:
                outage.end()
            return "embedded" in engines and engines[-1] == "amazon"

        await speak(dictation, manner, is_enough)
        await end(dictation)
        return dictation

    def judge(self, dictation: Dictation, out_s: float) -> None:
        """What one of them saw."""
        engines = [final["engine"] for final in dictation.finals]
        first = engines.index("embedded")
        last = len(engines) - engines[::-1].index("embedded")
        self.assertEqual(set(engines[:first]) | set(engines[last:]), {"amazon"}, engines)
        self.assertGreater(last, first)
        self.assertLess(last, len(engines), engines)
        states = [state for _, state in dictation.states]
        self.assertEqual((states[0], states[-1]), ("recovering", "live"), states)
        (told_s,) = (at_s for at_s, state in dictation.states if state == "failed_over")
        self.assertLess(told_s - out_s, FAILOVER_S + TOLD_WITHIN_S)
        self.judge_words(dictation, first, last)
        self.judge_times(dictation, dictation.finals[first:last])
        complete = dictation.client.messages[-1]
        self.assertEqual((complete["type"], complete["lostSeconds"]), ("transcription_complete", 0))
        self.assertEqual(dictation.of_type("transcription_error"), [])

    def judge_words(self, dictation: Dictation, first: int, last: int) -> None:
        """Amazon's words are the script's, with one gap; what fills it resembles what is missing."""
        script, finals = dictation.take.script.texts, dictation.finals
        before, after = _words(finals[:first]), _words(finals[last:])
        self.assertEqual(before, script[: len(before)])
        resumed = script.index(after[0])
        self.assertEqual(after, script[resumed : resumed + len(after)])
        missing = " ".join(re.sub(r"\d+x\d+$", "", word) for word in script[len(before) : resumed])
        heard = " ".join(final["text"] for final in finals[first:last])
        self.assertLess(jiwer.wer(_plain(missing), _plain(heard)), TOLERATED, heard)

    def judge_times(self, dictation: Dictation, embedded: list[dict[str, Any]]) -> None:
        """Results follow each other, and those of the embedded engine are where somebody speaks."""
        starts = [final["startTime"] for final in dictation.finals]
        self.assertEqual(starts, sorted(starts))
        words = dictation.take.script.words
        for final in embedded:
            middle_s = (final["startTime"] + final["endTime"]) / 2
            segments = {word.segment for word in words if word.start_s - 0.5 <= middle_s <= word.end_s + 0.5}
            self.assertTrue(segments, final["startTime"])


class Outage:
    """The simulator is away from the first `begin` to the first `end`."""

    def __init__(self, simulator: Simulator) -> None:
        self.began_s = 0.0
        self._simulator = simulator
        self._is_over = False

    def begin(self) -> None:
        """For good, as far as anybody knows."""
        if not self.began_s:
            self.began_s = reactor.seconds()  # type: ignore[attr-defined]
            self._simulator.begin_outage(3600.0)

    def end(self) -> None:
        """It is mended."""
        if not self._is_over:
            self._is_over = True
            self._simulator.begin_outage(0.0)


def _words(finals: list[dict[str, Any]]) -> list[str]:
    return [word.rstrip(MARKS) for final in finals for word in final["text"].split()]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
