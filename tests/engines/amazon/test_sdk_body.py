"""What a stream has to send, and how awscrt's thread rests between two askings."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.sdk_body import REST_FOR_BODY_S, REST_S, Body, Pacer


class PacerTests(SynchronousTestCase):
    """It rests when everybody had nothing in turn, and not before."""

    def setUp(self) -> None:
        self.rests: list[float] = []
        self.pacer = Pacer(self.rests.append)
        self.pacer.bodies = 3

    def test_rests_once_all_are_empty(self) -> None:
        """Three bodies, three empty answers, one rest; and again."""
        for expected in ([], [], [REST_S], [REST_S], [REST_S], [REST_S, REST_S]):
            self.pacer.on_empty()
            self.assertEqual(self.rests, expected)

    def test_longer_with_many(self) -> None:
        """A round that costs more is made less often."""
        self.pacer.bodies = 200
        for _ in range(200):
            self.pacer.on_empty()
        self.assertEqual(self.rests, [200 * REST_FOR_BODY_S])

    def test_no_rest_while_one_sends(self) -> None:
        """What is sent begins the count anew."""
        for _ in range(5):
            self.pacer.on_empty()
            self.pacer.on_empty()
            self.pacer.on_sent()
        self.assertEqual(self.rests, [])


class BodyTests(SynchronousTestCase):
    """Written message by message, read in whatever pieces awscrt wants."""

    def setUp(self) -> None:
        self.rests: list[float] = []
        self.drained: list[int] = []
        self.pacer = Pacer(self.rests.append)
        self.body = Body(self.pacer, lambda: self.drained.append(self.body.sent_bytes))
        self.body.begin()

    def write(self, message: bytes, audio_bytes: int) -> None:
        self.body.next_audio_bytes = audio_bytes
        self.body.write(message)

    def read(self, size: int) -> bytes | None:
        buffer = memoryview(bytearray(size))
        taken = self.body.readinto1(buffer)
        return None if taken is None else bytes(buffer[:taken])

    def test_pieces(self) -> None:
        """A message is read to its end before the next, and counts as sent then."""
        self.write(b"abcde", 4)
        self.write(b"fg", 1)
        self.assertEqual((self.read(3), self.body.sent_bytes), (b"abc", 0))
        self.assertEqual((self.read(3), self.body.sent_bytes), (b"de", 4))
        self.assertEqual((self.read(3), self.body.sent_bytes), (b"fg", 5))

    def test_nothing_yet(self) -> None:
        """Empty is not over; awscrt's thread rests."""
        self.assertIsNone(self.read(3))
        self.assertEqual(self.rests, [REST_S])

    def test_end(self) -> None:
        """What was written before the end is read before it."""
        self.write(b"ab", 2)
        self.body.end_stream()
        self.assertEqual([self.read(3), self.read(3)], [b"ab", b""])
        self.assertEqual(self.rests, [])

    def test_close(self) -> None:
        """What is left is dropped, and nobody waits for this body any more, however often it is closed."""
        self.write(b"ab", 2)
        self.body.close()
        self.body.close()
        self.assertEqual((self.read(3), self.pacer.bodies), (None, 0))

    def test_an_end_that_is_dropped_is_none(self) -> None:
        """Whereas one that was reached stays one."""
        self.write(b"ab", 2)
        self.body.end_stream()
        self.body.close()
        self.assertIsNone(self.read(3))
        other = Body(self.pacer, lambda: None)
        other.end_stream()
        other.close()
        self.assertEqual(other.readinto1(memoryview(bytearray(1))), 0)

    def test_never_begun(self) -> None:
        """A body that was never read does not count."""
        other = Body(self.pacer, lambda: None)
        other.close()
        self.assertEqual(self.pacer.bodies, 1)

    def test_overhead_is_no_audio(self) -> None:
        """The signed end carries none, whatever the message before carried."""
        self.write(b"ab", 2)
        self.body.write(b"end")
        self.read(3)
        self.read(3)
        self.assertEqual(self.body.sent_bytes, 2)

    def test_drained(self) -> None:
        """Told once, at the asking after enough was sent."""
        self.body.watch(3)
        self.write(b"ab", 2)
        self.write(b"cd", 2)
        for _ in range(2):
            self.read(9)
        self.assertEqual(self.drained, [])
        self.read(9)
        self.read(9)
        self.assertEqual(self.drained, [4])
