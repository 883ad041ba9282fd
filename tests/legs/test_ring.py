"""Audio by its place: what is kept can be read in any pieces, and nothing else can."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.legs.ring import Ring

# Tiny frames are joined, larger ones are not: both, and what lies between.
FRAMES = st.one_of(st.binary(max_size=9), st.integers(0, 3).flatmap(lambda n: st.just(bytes([n]) * (300 * n + 1))))
STEPS = st.one_of(
    st.tuples(st.just("append"), FRAMES),
    st.tuples(st.just("release"), st.integers(0, 1500)),
    st.tuples(st.just("read"), st.tuples(st.integers(0, 1500), st.integers(0, 1500))),
)


class RingTests(SynchronousTestCase):
    """Positions are bytes since the first sample, whatever was released."""

    def test_a_whole_frame_is_read_uncopied(self) -> None:
        """The usual case: a frame comes and goes on to the leg."""
        ring, frames = Ring(), [bytes(8192), bytes(8192)]
        for frame in frames:
            ring.append(frame)
        self.assertIs(ring.read(8192, 16000), frames[1])
        self.assertIs(ring.read(0, 8192), frames[0])

    def test_frames_are_joined_and_split(self) -> None:
        ring = Ring()
        for letter in (b"a", b"b", b"c"):
            ring.append(letter * 600)
        self.assertEqual(ring.read(599, 602), b"a" + b"b" * 600 + b"c")
        self.assertEqual(ring.read(700, 2), b"bb")

    def test_the_end_is_the_end(self) -> None:
        ring = Ring()
        ring.append(b"")
        self.assertEqual((ring.start, ring.end, ring.read(0, 10)), (0, 0, b""))
        ring.append(b"abcd")
        self.assertEqual((ring.read(2, 10), ring.read(4, 10), ring.read(9, 10)), (b"cd", b"", b""))

    def test_released_audio_is_gone(self) -> None:
        """As whole frames: the rest of one that is half released can still be read."""
        ring = Ring()
        ring.append(bytes(1000))
        ring.append(b"x" * 1000)
        ring.release(1999)
        self.assertEqual((ring.start, ring.end), (1000, 2000))
        self.assertEqual(ring.read(1000, 2), b"xx")
        self.assertRaises(ValueError, ring.read, 999, 1)
        ring.release(5000)
        self.assertEqual((ring.start, ring.end), (2000, 2000))
        ring.append(b"yz")
        self.assertEqual(ring.read(2000, 9), b"yz")

    def test_tiny_frames_do_not_pile_up(self) -> None:
        """A minute of single samples is kept in as few objects as a minute of small frames."""
        ring = Ring()
        for n in range(10_000):
            ring.append(n.to_bytes(2, "little"))
        self.assertEqual(ring.read(0, 20_000), b"".join(n.to_bytes(2, "little") for n in range(10_000)))
        ring.release(10_000)
        self.assertLess(10_000 - ring.start, 1024)
        ring.release(10_240)
        self.assertGreater(ring.start, 9216)

    @given(st.lists(STEPS, max_size=40))
    @settings(deadline=None)
    def test_reads_as_the_bytes_themselves(self, steps: list[tuple[str, object]]) -> None:
        """Against plain bytes: any frames, any reads, any releases; never is less kept than was not released."""
        ring, whole, released = Ring(), b"", 0
        for kind, value in steps:
            match kind, value:
                case "append", bytes(frame):
                    ring.append(frame)
                    whole += frame
                case "release", int(position):
                    ring.release(position)
                    released = max(released, position)
                case "read", (int(position), int(most)):
                    if position < ring.start:
                        self.assertRaises(ValueError, ring.read, position, most)
                    else:
                        self.assertEqual(ring.read(position, most), whole[position : position + most])
            self.assertEqual(ring.end, len(whole))
            self.assertLessEqual(ring.start, released)
            if ring.start < ring.end:
                self.assertEqual(ring.read(ring.start, len(whole)), whole[ring.start :])
