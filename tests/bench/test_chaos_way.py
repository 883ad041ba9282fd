"""One direction of a connection, whatever befalls it; on a clock."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from bench.chaos.way import FULL_BYTES, Way


class End:
    """A transport: what was written to it and when, and whether it is read."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.got: list[tuple[float, bytes]] = []
        self.is_read = True
        self.ended_s: float | None = None

    def write(self, data: bytes) -> None:
        self.got.append((round(self._clock.seconds(), 3), data))

    def pauseProducing(self) -> None:
        self.is_read = False

    def resumeProducing(self) -> None:
        self.is_read = True

    def close(self) -> None:
        self.ended_s = self._clock.seconds()


class WayTests(SynchronousTestCase):
    """From a source to a sink."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.source, self.sink = End(self.clock), End(self.clock)
        self.way = Way(self.clock, self.source, self.sink)

    def pass_s(self, seconds: float) -> None:
        self.clock.pump([0.01] * round(seconds * 100))

    def test_nothing_befalls_it(self) -> None:
        """At once, and no timer."""
        self.way.take(b"a")
        self.way.end(self.sink.close)
        self.assertEqual((self.sink.got, self.sink.ended_s), ([(0.0, b"a")], 0.0))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_stall(self) -> None:
        """All of it afterwards, in order, the end last."""
        self.way.hold(1.0)
        self.way.take(b"a")
        self.pass_s(0.5)
        self.way.take(b"b")
        self.way.end(self.sink.close)
        self.assertEqual(self.sink.got, [])
        self.pass_s(0.6)
        self.assertEqual([data for _, data in self.sink.got], [b"a", b"b"])
        self.assertAlmostEqual(self.sink.ended_s or 0, 1.0, places=1)
        self.way.take(b"c")
        self.assertEqual(self.sink.got[-1][1], b"c")

    def test_a_delay(self) -> None:
        """Each takes as long."""
        self.way.delay(0.2)
        self.way.take(b"a")
        self.pass_s(0.1)
        self.way.take(b"b")
        self.pass_s(0.3)
        self.assertEqual([data for _, data in self.sink.got], [b"a", b"b"])
        self.assertApproximates(self.sink.got[0][0], 0.2, 0.02)
        self.assertApproximates(self.sink.got[1][0], 0.3, 0.02)

    def test_a_throttle(self) -> None:
        """So many bytes a second, for so long."""
        self.way.throttle(1000.0, 2.0)
        for _ in range(4):
            self.way.take(bytes(500))
        self.pass_s(1.1)
        self.assertEqual(len(self.sink.got), 2)
        self.pass_s(1.5)
        self.assertEqual(len(self.sink.got), 4)
        self.way.take(b"at once again")
        self.assertEqual(len(self.sink.got), 5)

    def test_swallowing(self) -> None:
        """What is held, what comes and the end vanish; all of it counts as taken."""
        self.way.hold(1.0)
        self.way.take(b"abc")
        self.way.swallow()
        self.way.take(b"d")
        self.way.end(self.sink.close)
        self.pass_s(2.0)
        self.assertEqual((self.sink.got, self.sink.ended_s, self.way.byte_count), ([], None, 4))

    def test_it_holds_only_so_much(self) -> None:
        """Then the source is not read until little is left."""
        self.way.hold(1.0)
        for _ in range(5):
            self.way.take(bytes(FULL_BYTES // 4))
        self.assertFalse(self.source.is_read)
        self.pass_s(1.1)
        self.assertTrue(self.source.is_read)

    def test_the_sink_is_gone(self) -> None:
        """Nothing is left to be done."""
        self.way.hold(1.0)
        self.way.take(b"a")
        self.way.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])
