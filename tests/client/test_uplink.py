"""What is said, in which order, and from where it is said again."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.client.requests import FLUSH, STOP
from alie.client.uplink import KEPT_BYTES, Outgoing, Uplink


def all_of(uplink: Uplink) -> list[bytes]:
    """Payloads of everything that is to be said now."""
    return [message.payload for message in iter(uplink.next, None)]


def begun(*frames: bytes, keeps: bool = True) -> Uplink:
    """One that has said these frames."""
    uplink = Uplink()
    uplink.begin(0, keeps=keeps)
    for frame in frames:
        uplink.push(frame)
    all_of(uplink)
    return uplink


class OrderTests(SynchronousTestCase):
    """Audio, and the requests between."""

    def test_nobody_listens_yet(self) -> None:
        uplink = Uplink()
        uplink.push(b"ab")
        self.assertIsNone(uplink.next())

    def test_requests_stand_where_they_were_made(self) -> None:
        uplink = Uplink()
        uplink.push(b"ab")
        uplink.flush()
        uplink.push(b"cd")
        uplink.stop()
        uplink.begin(0, keeps=True)
        said = list(iter(uplink.next, None))
        wanted = [Outgoing(b"ab", is_binary=True), Outgoing(FLUSH), Outgoing(b"cd", is_binary=True), Outgoing(STOP)]
        self.assertEqual(said, wanted)

    def test_everything_is_said_once(self) -> None:
        uplink = begun(b"ab")
        uplink.flush()
        uplink.stop()
        self.assertEqual(all_of(uplink), [FLUSH, STOP])
        self.assertEqual(all_of(uplink), [])

    def test_what_is_too_long_for_one_message_goes_in_parts(self) -> None:
        uplink = Uplink()
        uplink.push(bytes(100_000))
        uplink.begin(0, keeps=True)
        self.assertEqual([len(part) for part in all_of(uplink)], [65536, 34464])


class AgainTests(SynchronousTestCase):
    """On another socket."""

    def test_from_the_place_that_the_server_has_come_to(self) -> None:
        uplink = begun(b"abcd", b"efgh")
        uplink.detach()
        uplink.begin(2, keeps=True)
        self.assertEqual(b"".join(all_of(uplink)), b"cdefgh")
        self.assertEqual(uplink.sent_to, 8)

    def test_a_flush_that_was_not_answered_and_a_stop(self) -> None:
        uplink = begun(b"ab")
        for _ in range(3):
            uplink.flush()
        all_of(uplink)
        uplink.answered()
        uplink.stop()
        all_of(uplink)
        uplink.begin(2, keeps=True)
        self.assertEqual(all_of(uplink), [FLUSH, FLUSH, STOP])

    def test_an_answer_to_nothing_answers_nothing(self) -> None:
        """A flush that was not said on this socket cannot have been answered on it."""
        uplink = begun(b"ab")
        uplink.flush()
        uplink.answered()
        self.assertEqual(all_of(uplink), [FLUSH])

    def test_places_that_are_not_kept(self) -> None:
        uplink = begun(bytes(1000), bytes(1000))
        uplink.release(1000)
        for place in (998, 2002):
            with self.assertRaises(ValueError):
                uplink.begin(place, keeps=True)


class RoomTests(SynchronousTestCase):
    """How much is kept."""

    def test_one_frame_at_a_time_where_nobody_listens(self) -> None:
        uplink = begun(b"ab")
        uplink.detach()
        self.assertTrue(uplink.has_room)
        uplink.push(b"cd")
        self.assertFalse(uplink.has_room)

    def test_no_more_than_the_bound_until_the_server_has_made_it_final(self) -> None:
        frame = bytes(KEPT_BYTES // 2)
        uplink = begun(frame, frame)
        self.assertFalse(uplink.has_room)
        uplink.release(len(frame))
        self.assertTrue(uplink.has_room)

    def test_nothing_is_kept_that_will_never_be_needed(self) -> None:
        uplink = begun(bytes(KEPT_BYTES), keeps=False)
        self.assertTrue(uplink.has_room)
        with self.assertRaises(ValueError):
            uplink.begin(0, keeps=True)

    def test_a_server_cannot_release_what_it_was_not_sent(self) -> None:
        uplink = begun(b"ab")
        uplink.detach()
        uplink.push(b"cd")
        uplink.release(10)
        uplink.begin(2, keeps=True)
        self.assertEqual(all_of(uplink), [b"cd"])
