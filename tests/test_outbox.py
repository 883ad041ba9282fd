"""Tests of alie.outbox: what a slow reader still gets."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.outbox import Outbox


class OutboxTests(SynchronousTestCase):
    """Finals and everything else wait in order; of the partials of a segment only the newest."""

    def test_order(self) -> None:
        """First in, first out, and then it is empty."""
        outbox = Outbox()
        for payload in (b"1", b"2", b"3"):
            outbox.put(payload)
        self.assertEqual((len(outbox), outbox.byte_count), (3, 3))
        self.assertEqual(outbox.take_all(), [b"1", b"2", b"3"])
        self.assertEqual((len(outbox), outbox.byte_count, outbox.take_all()), (0, 0, []))

    def test_newest_partial_only(self) -> None:
        """It takes its place at the end: `seq` still rises."""
        outbox = Outbox()
        outbox.put(b"a1", partial_of="a")
        outbox.put(b"b1", partial_of="b")
        outbox.put(b"a22", partial_of="a")
        self.assertEqual(outbox.byte_count, 5)
        self.assertEqual(outbox.take_all(), [b"b1", b"a22"])

    def test_a_final_replaces_its_partial(self) -> None:
        """Its text says more."""
        outbox = Outbox()
        outbox.put(b"a1", partial_of="a")
        outbox.put(b"other")
        outbox.put(b"A", final_of="a")
        self.assertEqual(outbox.take_all(), [b"other", b"A"])

    def test_equal_messages_are_all_kept(self) -> None:
        """Two pongs are two pongs."""
        outbox = Outbox()
        outbox.put(b"pong")
        outbox.put(b"pong")
        self.assertEqual(outbox.take_all(), [b"pong", b"pong"])

    @given(st.lists(st.tuples(st.sampled_from(["partial", "final", "other"]), st.sampled_from("abc"))))
    @settings(deadline=None)
    def test_nothing_but_partials_is_ever_dropped(self, puts: list[tuple[str, str]]) -> None:
        """Whatever is put, all finals and others come out in order, and the bytes are counted right."""
        outbox = Outbox()
        kept = []
        for number, (kind, segment) in enumerate(puts):
            payload = b"%d" % number
            if kind == "partial":
                outbox.put(payload, partial_of=segment)
                continue
            outbox.put(payload, final_of=segment if kind == "final" else None)
            kept.append(payload)
        byte_count = outbox.byte_count
        out = outbox.take_all()
        self.assertEqual([payload for payload in out if payload in kept], kept)
        self.assertEqual(sum(map(len, out)), byte_count)
        self.assertLessEqual(len(out) - len(kept), 3)
        self.assertEqual(out, sorted(out, key=int))
