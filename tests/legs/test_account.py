"""The account of a stream's audio: what is final is final, what is not is heard again, all on the session's clock."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.legs.account import Account
from alie.transcript import Entity, Result, Word

RATE_HZ = 16000
SECOND = 2 * RATE_HZ


def partial(segment_id: str, start_s: float, end_s: float, *words: Word) -> Result:
    return Result(segment_id, start_s, end_s, "so far", False, words)


def final(segment_id: str, start_s: float, end_s: float, *words: Word) -> Result:
    return Result(segment_id, start_s, end_s, "Done.", True, words, "fr-CA")


def numbered(start: int, byte_count: int) -> bytes:
    """Audio that tells its place."""
    return bytes((start + n) % 251 for n in range(byte_count))


class AccountCase(SynchronousTestCase):
    """An account, and audio for it."""

    def setUp(self) -> None:
        self.account = Account(RATE_HZ)

    def feed(self, duration_s: float) -> None:
        """The session gives audio."""
        self.account.ring.append(numbered(self.account.ring.end, self.account.bytes_of(duration_s)))

    def send(self) -> bytes:
        """The leg gets all there is."""
        return self.account.take(self.account.unsent_bytes, 0)

    def silence(self, duration_s: float) -> None:
        """The leg gets silence that nobody sent."""
        assert self.account.leg is not None
        self.account.leg.add(self.account.bytes_of(duration_s), is_silence=True)


class TakeTests(AccountCase):
    """Audio on its way to a leg."""

    def test_lengths(self) -> None:
        """To the nearest sample."""
        self.assertEqual([self.account.bytes_of(one) for one in (1.0, 0.00009, 0.00001)], [SECOND, 2, 0])
        self.assertEqual(self.account.seconds_of(SECOND // 2), 0.5)

    def test_nothing_without_a_leg(self) -> None:
        self.feed(1.0)
        self.assertEqual(self.account.take(SECOND, 0), b"")
        self.assertEqual((self.account.unsent_bytes, self.account.unsettled_bytes), (SECOND, SECOND))

    def test_a_frame_at_a_time(self) -> None:
        """At most so much, and nothing while it is too little."""
        self.account.begin_leg()
        self.assertEqual(self.account.take(SECOND, 0), b"")
        self.feed(1.0)
        first = self.account.take(24000, 100)
        self.assertEqual((first, self.account.unsent_bytes), (numbered(0, 24000), 8000))
        self.assertEqual(self.account.take(24000, 8001), b"")
        self.assertEqual(self.account.take(24000, 8000), numbered(24000, 8000))
        self.assertEqual((self.account.unsent_bytes, self.account.unsettled_bytes), (0, SECOND))


class AcceptTests(AccountCase):
    """Results, on the session's clock."""

    def setUp(self) -> None:
        super().setUp()
        self.account.begin_leg()

    def test_a_result_without_a_leg_is_a_mistake(self) -> None:
        self.account.end_leg(is_settled=False)
        self.assertRaises(RuntimeError, self.account.accept, partial("a", 0.0, 1.0), "amazon")

    def test_a_partial_settles_nothing(self) -> None:
        self.feed(2.0)
        self.send()
        told = self.account.accept(partial("a", 0.5, 1.0), "amazon")
        self.assertEqual(told, Result("1", 0.5, 1.0, "so far", False, engine="amazon"))
        self.assertEqual((self.account.unsettled_bytes, self.account.final_at), (2 * SECOND, 0))

    def test_a_final_settles_the_audio_before_its_end(self) -> None:
        self.feed(1.0)
        self.send()
        self.feed(1.0)
        self.send()
        self.account.accept(final("a", 0.5, 1.5), "amazon")
        self.assertEqual((self.account.final_at, self.account.unsettled_bytes), (SECOND * 3 // 2, SECOND // 2))
        self.assertEqual(self.account.ring.start, SECOND)

    def test_the_next_leg_hears_what_is_not_final_and_its_times_are_the_sessions(self) -> None:
        self.feed(4.0)
        self.send()
        self.account.accept(final("a", 0.5, 1.5), "amazon")
        self.account.accept(partial("b", 2.0, 3.0), "amazon")
        self.assertEqual(self.account.end_leg(is_settled=False), [])
        self.account.begin_leg()
        self.assertEqual(self.send(), numbered(SECOND * 3 // 2, SECOND * 5 // 2))
        word = Word("Done", 0.5, 1.0, 0.9, "spk_0")
        heard = Result("x", 0.5, 1.25, "Done.", True, (word,), "fr-CA", (Entity("PII", "NAME", 0.5, 1.0, 0.8),))
        self.assertEqual(
            self.account.accept(heard, "embedded"),
            Result(
                "2",
                2.0,
                2.75,
                "Done.",
                True,
                (Word("Done", 2.0, 2.5, 0.9, "spk_0"),),
                "fr-CA",
                (Entity("PII", "NAME", 2.0, 2.5, 0.8),),
                "embedded",
            ),
        )

    def test_silence_that_nobody_sent_takes_no_time(self) -> None:
        """On a leg that began in the middle, with words on both sides of the silence and in it."""
        self.feed(1.0)
        self.send()
        self.account.settle(SECOND)
        self.account.end_leg(is_settled=True)
        self.feed(3.0)
        self.account.begin_leg()
        self.account.take(SECOND, 0)
        self.silence(0.5)
        self.send()
        words = Word("a", 0.5, 1.0), Word("b", 1.25, 1.4), Word("c", 1.4, 2.0), Word("d", 2.0, 3.5)
        told = self.account.accept(final("x", 0.5, 3.5, *words), "amazon")
        times = [(one.start_s, one.end_s) for one in told.words]
        self.assertEqual(times, [(1.5, 2.0), (2.0, 2.0), (2.0, 2.5), (2.5, 4.0)])
        self.assertEqual((told.start_s, told.end_s, self.account.unsettled_bytes), (1.5, 4.0, 0))

    def test_times_go_on_after_a_final_in_the_silence(self) -> None:
        """What was forgotten is not missed."""
        for _ in range(3):
            self.feed(1.0)
            self.send()
            self.silence(1.0)
        told = [self.account.accept(final(str(n), 2.0 * n, 2.0 * n + 1.5), "amazon") for n in range(3)]
        self.assertEqual([(one.start_s, one.end_s) for one in told], [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)])

    def test_a_time_after_the_last_sample(self) -> None:
        """A vendor rounds up; nothing is settled that was not sent."""
        self.feed(1.0)
        self.send()
        self.feed(1.0)
        told = self.account.accept(final("a", 0.0, 1.02), "amazon")
        self.assertEqual((told.end_s, self.account.final_at, self.account.unsent_bytes), (1.0, SECOND, SECOND))

    def test_an_end_before_its_start(self) -> None:
        """Never is a result told that ends before it begins, whatever a vendor says."""
        self.feed(2.0)
        self.send()
        told = self.account.accept(final("a", 1.5, 1.0), "amazon")
        self.assertEqual((told.start_s, told.end_s), (1.5, 1.5))

    def test_a_time_that_is_none_leaves_nothing_behind(self) -> None:
        self.feed(2.0)
        self.send()
        bad = partial("a", 0.0, 1.0, Word("x", float("nan"), 1.0))
        self.assertRaises(ValueError, self.account.accept, bad, "amazon")
        self.assertEqual(self.account.end_leg(is_settled=False), [])
        self.account.begin_leg()
        self.assertEqual(self.account.accept(partial("b", 0.0, 1.0), "amazon").segment_id, "1")


class EndTests(AccountCase):
    """A leg is gone."""

    def setUp(self) -> None:
        super().setUp()
        self.account.begin_leg()
        self.feed(2.0)
        self.send()
        self.feed(1.0)

    def test_one_that_told_all_settles_what_it_was_given(self) -> None:
        """What it left open was nothing."""
        self.account.accept(partial("a", 0.5, 1.0), "amazon")
        ended = self.account.end_leg(is_settled=True)
        self.assertEqual([(one.segment_id, one.text, one.is_final) for one in ended], [("1", "", True)])
        self.assertEqual((self.account.unsettled_bytes, self.account.unsent_bytes), (SECOND, SECOND))
        self.account.begin_leg()
        self.assertEqual(self.send(), numbered(2 * SECOND, SECOND))

    def test_one_that_failed_settles_nothing(self) -> None:
        """The first open segment goes on in the next leg."""
        self.account.accept(partial("a", 0.5, 1.0), "amazon")
        self.account.accept(partial("b", 1.5, 2.0), "amazon")
        ended = self.account.end_leg(is_settled=False)
        self.assertEqual([(one.segment_id, one.text, one.is_final) for one in ended], [("2", "", True)])
        self.assertEqual((self.account.unsettled_bytes, self.account.unsent_bytes), (3 * SECOND, 3 * SECOND))
        self.account.begin_leg()
        self.assertEqual(self.account.accept(partial("a", 0.5, 1.0), "amazon").segment_id, "1")

    def test_twice(self) -> None:
        """There is no leg that could settle more."""
        self.account.end_leg(is_settled=False)
        self.assertEqual(self.account.end_leg(is_settled=True), [])
        self.assertEqual(self.account.unsettled_bytes, 3 * SECOND)

    def test_what_is_settled_stays_settled(self) -> None:
        self.account.settle(2 * SECOND)
        self.account.settle(SECOND)
        self.assertEqual(self.account.final_at, 2 * SECOND)


STEPS = st.one_of(
    st.tuples(st.just("feed"), st.integers(1, 700)),
    st.tuples(st.just("take"), st.integers(1, 700)),
    st.tuples(st.just("silence"), st.integers(1, 300)),
    st.tuples(st.just("final"), st.integers(0, 100)),
    st.tuples(st.just("end"), st.booleans()),
)


class ReplayTests(SynchronousTestCase):
    """Nothing is lost, nothing is doubled."""

    @given(st.lists(STEPS, max_size=40))
    @settings(deadline=None)
    def test_what_legs_settle_is_the_audio_once(self, steps: list[tuple[str, int]]) -> None:
        """What each leg heard up to its last final, one after the other, is what was fed, byte for byte.

        Finals fall anywhere in what a leg was given, silence too; legs end in good order or not.
        """
        account, fed, settled = Account(RATE_HZ), b"", b""
        heard: list[tuple[bytes, bool]] = []
        account.begin_leg()
        counted = 0

        def settle(upto: int) -> None:
            nonlocal settled, counted
            settled += b"".join(sample for sample, is_audio in heard[counted:upto] if is_audio)
            counted = max(counted, upto)

        for kind, value in steps:
            leg = account.leg
            assert leg is not None
            if kind == "feed":
                frame = numbered(len(fed), 2 * value)
                account.ring.append(frame)
                fed += frame
            elif kind == "take":
                frame = account.take(2 * value, 0)
                heard += [(frame[at : at + 2], True) for at in range(0, len(frame), 2)]
            elif kind == "silence":
                leg.add(2 * value, is_silence=True)
                heard += [(b"\0\0", False)] * value
            elif kind == "final":
                upto = len(heard) * value // 100
                account.accept(final("a", 0.0, upto / RATE_HZ), "amazon")
                settle(upto)
            else:
                account.end_leg(is_settled=bool(value))
                if value:
                    settle(len(heard))
                heard.clear()
                counted = 0
                account.begin_leg()
            self.assertEqual(settled, fed[: account.final_at])
            self.assertEqual(account.unsettled_bytes, len(fed) - len(settled))
