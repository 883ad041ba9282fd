"""What a session is found wanting for, and what its audio is accounted as."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie.simulator.records import Heard
from bench.chaos.account import account_of
from bench.chaos.blows import BlowKind, Strike
from bench.chaos.judging import complaints
from bench.chaos.plan import Part, Plan
from bench.chaos.report import render, render_json, verdict
from bench.chaos.story import LegSeen, Shown, Story

PCM = bytes(range(256)) * 500  # 4 s
WORDS = ("un1x1", "deux2x1", "trois3x1", "quatre4x1")


def heard(pcm: bytes = PCM, differing: int = 0) -> Heard:
    """What all legs got."""
    return Heard(pcm, hashlib.sha256(pcm).hexdigest(), (), 0.0, 0.0, 0.0, 1, differing)


def result(seq: int, text: str, end_s: float, *, socket: int = 0, number: int = 1, is_final: bool = True) -> Shown:
    """One result of session "s"."""
    message = {"type": "transcription_result", "resultId": f"s.{number}", "seq": seq, "text": text, "isFinal": is_final}
    return Shown(socket, 100.0 + end_s, {**message, "startTime": 0.0, "endTime": end_s})


def message(at_s: float, type_: str, **fields: Any) -> Shown:
    """Another message."""
    return Shown(0, at_s, {"type": type_, **fields})


COMPLETE = message(104.5, "transcription_complete", lostSeconds=0, audioSeconds=4.0)


def story(*, is_plain: bool = False, **changes: Any) -> Story:
    """A session that went well, but for `changes`."""
    told = Story(Part(1, is_plain, (), ()), WORDS, hashlib.sha256(PCM).hexdigest(), 4.0)
    told.shown = [
        result(1, "un1x1", 1.0, is_final=False),
        result(2, "un1x1 deux2x1", 2.0),
        result(3, "trois3x1 quatre4x1", 4.0, number=2),
        COMPLETE,
    ]
    told.received, told.heard = WORDS, heard()
    told.close_code, told.closed_s, told.over_s = 1000, 104.6, 104.6
    return replace(told, **changes)


def cut(**changes: Any) -> Story:
    """A plain client whose socket was cut after its first final."""
    shown = [result(1, "un1x1 deux2x1", 2.0)]
    strike = Strike(BlowKind.RESET, 0, 102.2)
    usual = {"shown": shown, "received": WORDS[:2], "heard": heard(PCM[:80_000]), "client_strikes": (strike,)}
    return story(is_plain=True, **{**usual, "close_code": None, "closed_s": 102.2, "over_s": 102.2, **changes})


class ComplaintTests(SynchronousTestCase):
    """Each is told; a good session has none."""

    def assert_found(self, told: Story, *texts: str) -> None:
        found = complaints(told)
        self.assertEqual(len(found), len(texts), found)
        for complaint, text in zip(found, texts, strict=True):
            self.assertIn(text, complaint)

    def test_good_ones(self) -> None:
        """To the end, or as far as the socket lived."""
        for told in (story(), story(is_plain=True), cut()):
            self.assert_found(told)

    def test_words(self) -> None:
        """Missing, doubled, out of order."""
        self.assert_found(story(received=WORDS[:3]), "missing ['quatre4x1']")
        self.assert_found(story(received=(*WORDS, WORDS[0])), "doubled ['un1x1']")
        self.assert_found(story(received=WORDS[::-1]), "out of order")

    def test_audio(self) -> None:
        """Not all of it was heard, or something else."""
        self.assert_found(story(heard=heard(PCM[:-3200])), "3.90 of 4.00 s were heard")
        self.assert_found(story(heard=heard(differing=3)), "3 bytes were others")

    def test_loss(self) -> None:
        """Nothing may be lost to a client that resumes; a plain one may be told so, if it is true."""
        lost = message(104.5, "transcription_complete", lostSeconds=0.5)
        shown = [*story().shown[:-1], lost]
        self.assert_found(story(shown=shown), "0.5 s told lost")
        self.assert_found(story(is_plain=True, shown=shown, heard=heard(PCM[:-16_000])))
        self.assert_found(story(is_plain=True, shown=shown, heard=heard(PCM[:-32_000])), "1.000 s were heard by no leg")

    def test_failure(self) -> None:
        """A client that resumes comes to its end."""
        self.assert_found(story(failure="gone"), "did not come to its end: gone")

    def test_a_cut_plain_client(self) -> None:
        """Sees the close, and has a beginning; none is cut for nothing."""
        self.assert_found(cut(closed_s=None), "the close was not seen")
        self.assert_found(cut(received=("deux2x1",)), "not a beginning")
        self.assert_found(cut(client_strikes=()), "without its socket having been cut")
        self.assert_found(cut(client_strikes=(), kills=((102.0, "KILL"),)))

    def test_numbers(self) -> None:
        """Grow on a socket; come again on another, and then say the same."""
        first, second, third, last = story().shown
        self.assert_found(story(shown=[first, third, second, last]), "number 2 after 3")
        again = result(2, "un1x1 deux2x1", 2.0, socket=1)
        self.assert_found(story(shown=[first, second, again, third, last]))
        other = result(2, "something else", 2.0, socket=1)
        self.assert_found(story(shown=[first, second, other, third, last]), "says something else")
        gap = result(5, "trois3x1 quatre4x1", 4.0, number=2)
        self.assert_found(story(shown=[first, second, gap, last]))

    def test_segments(self) -> None:
        """One final each, and nothing after it."""
        first, second, third, last = story().shown
        self.assert_found(story(shown=[first, third, last]), "s.1 has no final")
        late = result(4, "un", 2.0, is_final=False)
        self.assert_found(story(shown=[first, second, third, late, last]), "s.1 has no final, or a partial after it")
        twice = result(4, "un1x1", 2.0)
        self.assert_found(story(shown=[first, second, third, twice, last]), "2 finals of s.1", "twice on one socket")

    def test_a_leg_of_its_own_that_failed(self) -> None:
        """Is noticed within 5 s, and the client back 1.7 s later; a machine that was late has that added."""
        strike = Strike(BlowKind.BLACK_HOLE, 0, 101.0)
        quick = story(client_strikes=(strike,), accepted_s=(100.0, 107.5))
        self.assert_found(quick)
        slow = replace(quick, accepted_s=(100.0, 108.0))
        self.assert_found(slow, "BLACK_HOLE on its own leg was noticed after 7.0 s")
        self.assertEqual(complaints(slow, late_s=1.0), [])

    def test_an_engines_leg_that_failed(self) -> None:
        """Is replaced at once, or told within 5 s."""
        strikes = (Strike(BlowKind.RESET, 0, 101.0),)
        failed = story(engine_strikes=strikes, over_s=120.0, legs=(LegSeen(100.0, 101.0, "client"),))
        self.assert_found(failed, "RESET on the engine's leg was not told in time")
        self.assert_found(replace(failed, legs=(*failed.legs, LegSeen(101.5, None, ""))))
        for at_s, count in ((105.5, 0), (107.0, 1)):
            status = message(at_s, "engine_status", state="recovering")
            self.assertEqual(len(complaints(replace(failed, shown=[*failed.shown, status]))), count)


class AccountTests(SynchronousTestCase):
    """Every second is somewhere."""

    def test_seconds(self) -> None:
        """Final, told lost, or cut off before the eyes of a plain client; else not accounted for."""
        self.assertEqual([story().final_s, story().unaccounted_s], [4.0, 0.0])
        self.assertEqual([cut().final_s, cut().cut_off_s, cut().unaccounted_s], [2.0, 2.0, 0.0])
        missing = story(received=WORDS[:2], shown=story().shown[:2])
        self.assertEqual([missing.final_s, missing.unaccounted_s], [2.0, 2.0])

    def test_sums(self) -> None:
        """By kind of client; how long cuts took to be noticed."""
        strike = Strike(BlowKind.RESET, 0, 101.0)
        stories = [story(client_strikes=(strike,), accepted_s=(100.0, 101.5)), story(), cut()]
        account = account_of(stories, ["a finding"], kills=["KILL"], strikes=[strike], took_s=9.0, late_s=0.1)
        self.assertEqual((account.alie.sessions, account.alie.cut, account.alie.once), (2, 1, 8))
        self.assertEqual((account.plain.sessions, account.plain.complete, account.plain.cut_off_s), (1, 0, 2.0))
        self.assertEqual((account.noticed_p50_s, account.noticed_worst_s), (0.5, 0.5))
        self.assertEqual((account.on_clients["RESET"], account.on_engines["RESET"]), (2, 1))
        plan = Plan(7, (), ())
        self.assertIn("--seed 7", verdict(plan, account))
        self.assertIn("a finding", render(plan, account))
        self.assertIn('"unaccounted_s": 0', render_json(plan, account))
        self.assertIn("ok", verdict(plan, replace(account, found=())))
