"""Tests of alie.simulator.service and leg: who is let in, what is always watched, and every fault there is."""

from __future__ import annotations

import hashlib
from typing import Any

from alie.simulator.faults import FaultKind, LegFault, Occasion, for_speakers, in_order
from tests.simulator.lines import RATE_HZ, RECORDING, SESSION_ID, SPEAKER, FakeLine, ServiceCase, seconds


class OpeningTests(ServiceCase):
    """What becomes of a request."""

    def test_bad_parameters(self) -> None:
        """After the upgrade over WebSocket, by status over HTTP/2."""
        self.serve()
        line, hearing = self.open(media_encoding="mp3")
        self.assertEqual([line.acts[0], line.acts[1][0]], ["accept", "BadRequestException"])
        self.assertIsNotNone(hearing)
        line, hearing = self.open("http2", media_encoding="mp3")
        self.assertEqual((line.acts, hearing), ([(400, "BadRequestException")], None))
        self.assertEqual([leg.ended_by for leg in self.service.legs], ["BadRequestException"] * 2)

    def test_too_many_streams(self) -> None:
        """Each transport has its own quota, and a stream that ended leaves room."""
        self.serve(streams=1)
        _, first = self.opened()
        self.opened(transport="http2")
        line, _ = self.open()
        self.assertEqual(line.acts[1][0], "LimitExceededException")
        line, _ = self.open("http2")
        self.assertEqual(line.acts, [(429, "LimitExceededException")])
        first.on_lost()
        self.opened()

    def test_too_many_at_once(self) -> None:
        """Within any second; those that were turned away do not count."""
        self.serve(opens_per_s=2)
        self.opened()
        self.clock.advance(0.6)
        self.opened()
        line, _ = self.open()
        self.assertEqual(line.acts[1][0], "LimitExceededException")
        self.clock.advance(0.5)
        self.opened()
        line, _ = self.open()
        self.assertEqual(line.acts[1][0], "LimitExceededException")

    def test_expired_credentials(self) -> None:
        """Those that expire; streams that are open go on."""
        self.serve()
        line, hearing = self.opened()
        self.service.expire(self.keys.access_key_id)
        refused, nobody = self.open()
        self.assertEqual((refused.acts, nobody), ([(403, "ExpiredTokenException")], None))
        hearing.on_audio(seconds(0, 1))
        hearing.on_end()
        self.assertEqual(line.acts, ["accept", "close"])

    def test_unknown_keys(self) -> None:
        """The transport is told so."""
        self.serve()
        self.assertIsNone(self.service.secret_of("AKIANOBODY"))
        self.assertEqual(self.service.secret_of(self.keys.access_key_id), (self.keys.secret_access_key, None))


class WatchTests(ServiceCase):
    """What is always watched."""

    def test_starvation(self) -> None:
        """15 seconds without audio, in the service's own words; silence is audio."""
        self.serve()
        line, hearing = self.opened()
        self.clock.advance(14.9)
        hearing.on_audio(bytes(3200))
        self.clock.advance(14.9)
        self.assertEqual(line.acts, ["accept"])
        self.clock.advance(0.1)
        told = "Your request timed out because no new audio was received for 15 seconds."
        self.assertEqual(line.acts[1:], [("BadRequestException", told)])
        self.assertEqual(self.service.legs[0].ended_by, "BadRequestException")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_oversize(self) -> None:
        """One second is the most."""
        self.serve()
        line, hearing = self.opened()
        hearing.on_audio(bytes(2 * RATE_HZ))
        self.assertEqual(line.acts, ["accept"])
        hearing.on_audio(bytes(2 * RATE_HZ + 2))
        self.assertIn("stream is too big", line.acts[1][1])
        self.assertEqual(self.service.legs[0].largest_event_bytes, 2 * RATE_HZ)

    def test_half_a_sample(self) -> None:
        """An odd number of bytes."""
        self.serve()
        line, hearing = self.opened()
        hearing.on_audio(bytes(3201))
        self.assertEqual(line.acts[1][0], "BadRequestException")

    def test_the_longest_stream(self) -> None:
        """Four hours, unless the test has less time."""
        self.serve(longest_stream_s=20)
        line, hearing = self.opened()
        self.speak(hearing, bytes(2 * RATE_HZ * 20))
        self.assertEqual(line.acts[1][0], "LimitExceededException")

    def test_conflict(self) -> None:
        """The older stream with the same session id is told; the newer one lives."""
        self.serve()
        older, _ = self.opened(session_id=SESSION_ID)
        newer, hearing = self.opened(session_id=SESSION_ID)
        self.assertEqual((older.acts[1][0], newer.acts), ("ConflictException", ["accept"]))
        self.speak(hearing, RECORDING)
        self.assertEqual([leg.leg_number for leg in self.service.legs], [0, 1])


class FaultTests(ServiceCase):
    """What a plan can ask for."""

    def failing(self, kind: FaultKind) -> tuple[list[Any], int]:
        """What is done to a leg that fails after a second, and how many results came after that."""
        self.serve(in_order(LegFault(kind, at_s=1.0)))
        line, hearing = self.opened()
        self.speak(hearing, seconds(0, 0.9))
        self.assertEqual((line.acts, self.service.legs[0].struck_s), (["accept"], None))
        before, began = len(line.results), self.clock.seconds()
        self.speak(hearing, seconds(0.9, 5))
        self.assertEqual(self.service.legs[0].faults, [kind.name])
        self.assertTrue(began <= (self.service.legs[0].struck_s or 0.0) <= began + 0.2)
        return line.acts[1:], len(line.results) - before

    def test_exception(self) -> None:
        """In mid-stream; nothing is said after it, and what still comes is not heard."""
        (told,), results = self.failing(FaultKind.EXCEPTION)
        self.assertEqual((told[0], results), ("InternalFailureException", 0))
        self.assertEqual(self.service.legs[0].byte_count, 2 * RATE_HZ)

    def test_conflict(self) -> None:
        """Somebody else has opened a stream with this session id."""
        (told,), _ = self.failing(FaultKind.CONFLICT)
        self.assertEqual(told[0], "ConflictException")

    def test_reset(self) -> None:
        """Without a word."""
        self.assertEqual(self.failing(FaultKind.RESET), (["reset"], 0))

    def test_clean_close(self) -> None:
        """Without a word, in good order."""
        self.assertEqual(self.failing(FaultKind.CLEAN_CLOSE), (["close"], 0))

    def test_half_open(self) -> None:
        """Audio is taken, nothing is said, not even that it starved, and the end is not answered."""
        self.assertEqual(self.failing(FaultKind.HALF_OPEN), ([], 0))
        self.assertEqual(self.service.legs[0].byte_count, len(RECORDING))
        self.clock.advance(20)
        self.assertEqual(self.service.legs[0].ended_by, "")

    def test_slow_read(self) -> None:
        """For a while."""
        self.serve(in_order(LegFault(FaultKind.SLOW_READ, at_s=1.0, for_s=3.0)))
        line, hearing = self.opened()
        self.speak(hearing, seconds(0, 1), frame_s=1.0)
        self.assertEqual(line.acts[1:], ["pause"])
        self.clock.advance(2.0)
        self.assertEqual(line.acts[1:], ["pause", "resume"])

    def test_slow_read_that_starves(self) -> None:
        """The client's answer to the end must be read."""
        self.serve(in_order(LegFault(FaultKind.SLOW_READ, at_s=0.0, for_s=60.0)))
        line, hearing = self.opened()
        hearing.on_audio(bytes(3200))
        self.clock.advance(15)
        self.assertEqual([line.acts[1], line.acts[2], line.acts[3][0]], ["pause", "resume", "BadRequestException"])

    def test_outage(self) -> None:
        """Every stream is reset, and every new connection."""
        self.serve(for_speakers(lambda speaker, leg: LegFault(FaultKind.OUTAGE, at_s=1.0, for_s=2.0)))
        other, _ = self.opened()
        line, hearing = self.opened()
        self.speak(hearing, seconds(0, 1), frame_s=0.5)
        self.assertEqual((line.acts[1:], other.acts[1:]), (["reset"], ["reset"]))
        self.assertTrue(self.service.is_out)
        self.clock.advance(2)
        self.assertFalse(self.service.is_out)

    def test_throttle(self) -> None:
        """As a message after the upgrade, or as a status."""
        for as_http, acts in ((True, [(429, "LimitExceededException")]), (False, ["accept", "LimitExceededException"])):
            self.serve(in_order(LegFault(FaultKind.THROTTLE_AT_OPEN, as_http=as_http)))
            line, _ = self.open()
            self.assertEqual([line.acts[0], *(act[0] for act in line.acts[1:])], acts)
            self.assertEqual(self.service.legs[0].faults, ["THROTTLE_AT_OPEN"])
            self.assertEqual(self.service.legs[0].struck_s, self.clock.seconds())

    def test_credentials(self) -> None:
        """That have expired, for one leg."""
        self.serve(in_order(LegFault(FaultKind.EXPIRED_CREDENTIALS)))
        line, _ = self.open(session_id=SESSION_ID)
        self.assertEqual(line.acts, [(403, "ExpiredTokenException")])
        self.opened(session_id=SESSION_ID)

    def test_slow_open(self) -> None:
        """It does not starve before it is open, and may be given up."""
        self.serve(in_order(LegFault(FaultKind.SLOW_OPEN, for_s=20.0)))
        line, _ = self.open()
        given_up, hearing = self.open()
        assert hearing is not None
        hearing.on_lost()
        self.clock.advance(19.9)
        self.assertEqual(line.acts, [])
        self.clock.advance(0.1)
        self.assertEqual((line.acts, given_up.acts), (["accept"], []))

    def test_conflict_before_it_is_open(self) -> None:
        """A client that did not wait for a slow service is answered all the same."""
        self.serve(in_order(LegFault(FaultKind.SLOW_OPEN, for_s=5.0)))
        older, _ = self.open(session_id=SESSION_ID)
        self.opened(session_id=SESSION_ID)
        self.assertEqual([older.acts[0], older.acts[1][0]], ["accept", "ConflictException"])
        self.clock.advance(5)
        self.assertEqual(len(older.acts), 2)

    def test_starvation_while_half_open(self) -> None:
        """Nobody is told; nor that it has lasted too long."""
        self.serve(in_order(LegFault(FaultKind.HALF_OPEN)), longest_stream_s=20)
        line, hearing = self.opened()
        hearing.on_audio(bytes(3200))
        self.clock.advance(30)
        hearing.on_audio(bytes(3200))
        hearing.on_end()
        self.assertEqual(line.acts, ["accept"])
        hearing.on_lost()
        self.assertEqual(self.service.legs[0].ended_by, "client")

    def test_occasions(self) -> None:
        """The plan is asked at open, and again when the speaker is known; a leg fails once."""
        asked: list[Occasion] = []

        def plan(occasion: Occasion) -> LegFault | None:
            asked.append(occasion)
            return None

        self.serve(plan)
        for _ in range(2):
            _, hearing = self.opened(session_id=SESSION_ID)
            self.speak(hearing, seconds(0, 1))
            hearing.on_lost()
        self.assertEqual(
            [(one.serial, one.leg_number, one.speaker, one.speaker_leg) for one in asked],
            [(0, 0, None, None), (0, 0, SPEAKER, 0), (1, 1, None, None), (1, 1, SPEAKER, 1)],
        )
        self.assertEqual({one.peer_port for one in asked}, {FakeLine.peer_port})


class HeardTests(ServiceCase):
    """What all legs together got of a recording."""

    def test_two_legs(self) -> None:
        """A replay and some silence; without them it is what was sent."""
        self.serve()
        _, first = self.opened()
        self.speak(first, seconds(0, 2.05))
        first.on_lost()
        _, second = self.opened()
        self.speak(second, seconds(1.3, 3) + bytes(2 * RATE_HZ) + seconds(3, 5))
        second.on_end()
        heard = self.service.heard_by(SPEAKER)
        self.assertEqual(heard.sha256, hashlib.sha256(RECORDING).hexdigest())
        self.assertEqual((heard.missing, heard.legs, heard.differing_bytes), ((), 2, 0))
        self.assertAlmostEqual(heard.replayed_s, 0.75)
        self.assertEqual((heard.silence_s, heard.unknown_s), (1.0, 0.0))
        self.assertEqual(self.service.legs[0].sha256, hashlib.sha256(seconds(0, 2.05)).hexdigest())

    def test_a_gap(self) -> None:
        """It is named, in samples."""
        self.serve()
        for start_s, end_s in ((0, 1), (2, 5)):
            _, hearing = self.opened()
            self.speak(hearing, seconds(start_s, end_s))
            hearing.on_end()
        heard = self.service.heard_by(SPEAKER)
        self.assertEqual(heard.missing, ((RATE_HZ, 2 * RATE_HZ),))
        self.assertNotEqual(heard.sha256, hashlib.sha256(RECORDING).hexdigest())

    def test_the_beginning_is_missing(self) -> None:
        """That is a gap, too."""
        self.serve()
        _, hearing = self.opened()
        self.speak(hearing, seconds(1, 2))
        hearing.on_end()
        self.assertEqual(self.service.heard_by(SPEAKER).missing, ((0, RATE_HZ),))

    def test_audio_that_was_changed(self) -> None:
        """Its stamps are good and its samples are not."""
        self.serve()
        for gain in (0, 64):
            _, hearing = self.opened()
            changed = bytes(byte ^ (gain * (at % 2)) for at, byte in enumerate(seconds(0, 1)))
            self.speak(hearing, changed)
            hearing.on_end()
        self.assertEqual(self.service.heard_by(SPEAKER).differing_bytes, RATE_HZ)

    def test_nobody(self) -> None:
        """Who was not heard has said nothing."""
        self.serve()
        self.assertEqual(self.service.heard_by(99).recording, b"")
