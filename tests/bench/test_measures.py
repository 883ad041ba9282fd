"""What a run is summed up to, and how it is told."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace

from twisted.trial.unittest import SynchronousTestCase

from alie.server_messages import Trouble
from bench.measures import (
    LanguageMeasure,
    RunMeasure,
    describe_extra,
    measure_language,
    measure_languages,
    share_below,
)
from bench.report import render, render_json
from bench.scoring import Heard, Sentence
from bench.takes import Take

TIMELINE = (Sentence(0.0, 2.0, "One two."), Sentence(3.0, 5.0, "Three four."))
HEARD = [
    Heard("a", 0.0, 1.0, "One", False, 1.0),
    Heard("a", 0.0, 2.0, "One two.", True, 2.5),
    Heard("b", 3.0, 4.0, "Three", False, 4.5),
    Heard("b", 3.0, 5.0, "Three for.", True, 6.5),
]


@dataclass
class Ended:
    """A speaker that has ended."""

    take: Take = field(default_factory=lambda: Take("t", "en-US", "One two. Three four.", bytes(160_000), TIMELINE))
    results: list[Heard] = field(default_factory=lambda: list(HEARD))
    trouble: Trouble | None = None
    lost_s: float = 0.0


BEFORE = {0.001: 100.0, 0.01: 100.0, math.inf: 100.0}
RUN = RunMeasure(
    sessions=1,
    languages=(LanguageMeasure("en-US", 0.25, 1.0, 1.5, 0.5, 1.5, 2, 0),),
    audio_s=100.0,
    cpu_s=0.4,
    sessions_per_core=2.5,
    late_p99_s=0.02,
    peak_mb=450.0,
    lost_s=0.0,
    others_cores=0.25,
    failures=(),
)


class LanguageTests(SynchronousTestCase):
    """Speakers of one language, summed up."""

    def test_one_word_of_four_was_wrong(self) -> None:
        measured = measure_language("en-US", [Ended()])
        self.assertEqual((measured.error_rate, measured.sentences, measured.missed), (0.25, 2, 0))
        self.assertEqual((measured.partial_p95_s, measured.final_p95_s), (1.5, 1.5))

    def test_a_sentence_that_no_final_covers_is_missed(self) -> None:
        measured = measure_language("en-US", [Ended(results=HEARD[:2])])
        self.assertEqual((measured.missed, measured.error_rate), (1, 0.5))

    def test_without_a_timeline_no_delay_is_told(self) -> None:
        take = Take("t", "en-US", "One two. Three four.", b"", ())
        measured = measure_language("en-US", [Ended(take=take)])
        self.assertEqual((measured.partial_p50_s, measured.final_p95_s), (None, None))

    def test_languages_are_kept_apart(self) -> None:
        french = Ended(take=Take("f", "fr-CA", "Oui.", b"", ()), results=[])
        measured = measure_languages([Ended(), french])
        self.assertEqual([(one.language, one.error_rate) for one in measured], [("en-US", 0.25), ("fr-CA", 1.0)])


class ExtraTests(SynchronousTestCase):
    """One session more than planned."""

    def test_refused_broken_off_or_served(self) -> None:
        trouble = Trouble("CAPACITY", "")
        self.assertEqual(describe_extra(Ended(results=[], trouble=trouble)), "refused: CAPACITY")
        self.assertEqual(describe_extra(Ended(trouble=trouble)), "broken off: CAPACITY")
        self.assertEqual(describe_extra(Ended()), "served: WER 25.0%, final p95 1.50 s")


class DelayTests(SynchronousTestCase):
    """Bounds out of a histogram that goes on counting."""

    def test_what_was_before_does_not_count(self) -> None:
        after = {0.001: 100.0, 0.01: 199.0, math.inf: 200.0}
        self.assertEqual(share_below(BEFORE, after, 0.99), 0.01)
        self.assertEqual(share_below(BEFORE, after, 0.995), math.inf)

    def test_nothing_new_is_nothing(self) -> None:
        self.assertIsNone(share_below(BEFORE, BEFORE, 0.99))
        self.assertIsNone(share_below({}, {}, 0.99))


class ReportTests(SynchronousTestCase):
    """For people and for programs."""

    def test_every_number_is_there(self) -> None:
        run = replace(RUN, extra="refused: CAPACITY", failures=("INTERNAL",))
        page = render({"machine": "2 cores"}, [run])
        for told in ("2 cores", "25.0%", "1.00 / 1.50 s", "0.50 / 1.50 s", "0 of 2", "0.40 CPU s", "2.5 sessions"):
            self.assertIn(told, page)
        for told in (
            "99 % below 20 ms",
            "450 MB",
            "kept 0.2 cores busy",
            "one session more was refused: CAPACITY",
            "failed: INTERNAL",
        ):
            self.assertIn(told, page)

    def test_json_can_be_read_whatever_was_measured(self) -> None:
        for late_s, told in ((0.02, 0.02), (None, None), (math.inf, "unbounded")):
            read = json.loads(render_json({"machine": "x"}, [replace(RUN, late_p99_s=late_s)]))
            self.assertEqual(read["runs"][0]["late_p99_s"], told)
        self.assertEqual(read["runs"][0]["languages"][0]["error_rate"], 0.25)
