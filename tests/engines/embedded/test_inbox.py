"""Audio that waits to be heard."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.inbox import Inbox, Mark


class InboxTests(SynchronousTestCase):
    """At 100 Hz: a second is 200 bytes."""

    def setUp(self) -> None:
        self.inbox = Inbox(100)

    def test_empty(self) -> None:
        self.assertIsNone(self.inbox.take())
        self.assertEqual(self.inbox.duration_s, 0.0)

    def test_at_most_a_second(self) -> None:
        """Long audio is taken by the second, short audio is joined; nothing is lost or doubled."""
        audio = bytes(range(250)) * 2
        self.inbox.push(audio[:450])
        self.inbox.push(audio[450:])
        self.assertEqual(self.inbox.duration_s, 2.5)
        taken = [self.inbox.take() for _ in range(3)]
        self.assertEqual([len(one[0]) for one in taken if one], [200, 200, 100])
        self.assertEqual(b"".join(one[0] for one in taken if one), audio)
        self.assertIsNone(self.inbox.take())
        self.assertEqual(self.inbox.duration_s, 0.0)

    def test_a_single_frame_is_not_copied(self) -> None:
        frame = bytes(100)
        self.inbox.push(frame)
        taken = self.inbox.take()
        assert taken is not None
        self.assertIs(taken[0], frame)

    def test_marks(self) -> None:
        """A mark comes with the audio before it, and not with more."""
        for item in (bytes(40), Mark.FLUSH, Mark.FLUSH, bytes(60), Mark.FINISH):
            self.inbox.push(item)
        taken = [self.inbox.take() for _ in range(4)]
        self.assertEqual(taken, [(bytes(40), Mark.FLUSH), (b"", Mark.FLUSH), (bytes(60), Mark.FINISH), None])

    def test_a_mark_behind_a_full_second(self) -> None:
        self.inbox.push(bytes(200))
        self.inbox.push(Mark.FINISH)
        self.assertEqual([self.inbox.take(), self.inbox.take()], [(bytes(200), None), (b"", Mark.FINISH)])

    def test_clear(self) -> None:
        self.inbox.push(bytes(200))
        self.inbox.clear()
        self.assertIsNone(self.inbox.take())
        self.assertEqual(self.inbox.duration_s, 0.0)
