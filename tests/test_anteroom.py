"""Tests of alie.anteroom: in order, and not without end."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import events as on
from alie import wire
from alie.anteroom import MAX_AUDIO_BYTES, MAX_WAITING, Anteroom
from alie.errors import InvalidMessage


class AnteroomTests(SynchronousTestCase):
    """What waits is bounded by number and by bytes."""

    def test_order(self) -> None:
        """First come, first heard."""
        room = Anteroom()
        room.put(wire.Flush())
        room.put(wire.Pause())
        self.assertEqual([room.take(), room.take(), room.take()], [wire.Flush(), wire.Pause(), None])

    def test_too_many(self) -> None:
        """One more than may wait."""
        room = Anteroom()
        for _ in range(MAX_WAITING):
            room.put(wire.Flush())
        self.assertRaises(InvalidMessage, room.put, wire.Flush())

    def test_too_much_audio(self) -> None:
        """Two of the largest frames, and not a byte beyond; when it is empty there is room again."""
        room = Anteroom()
        frame = on.Audio(bytes(MAX_AUDIO_BYTES // 2))
        room.put(frame)
        room.put(frame)
        self.assertRaises(InvalidMessage, room.put, on.Audio(b"\0"))
        while room.take() is not None:
            pass
        room.put(frame)

    def test_cleared(self) -> None:
        """Nothing is left, not even the message with the token."""
        room = Anteroom()
        room.proof = wire.Authenticate("t")
        room.put(wire.Flush())
        room.clear()
        self.assertEqual((room.take(), room.proof), (None, None))
