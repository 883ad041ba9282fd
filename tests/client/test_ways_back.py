"""Whether, when and how a client comes back after each way a socket can end."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie import errors, replies, wire
from alie.client import Cut, StartRequest, TranscriptionClient
from alie.client.patience import PATIENCE_S
from alie.errors import AlieError
from alie.server_messages import Trouble

READY = {"type": "stream_ready", "sessionId": "s-1", "resumeToken": "secret", "resumePath": "/ws/here"}
REFUSED = Trouble("UNREACHABLE", "Nothing listens")


def tell(client: TranscriptionClient, *messages: dict[str, Any]) -> None:
    for message in messages:
        client.receive(wire.encode(message))


def greet(client: TranscriptionClient) -> None:
    tell(client, replies.connection_established("greeting", "2026-01-01T00:00:00Z"))


def said(client: TranscriptionClient) -> list[dict[str, Any]]:
    """Text messages that go out now."""
    return [json.loads(one.payload) for one in iter(client.next, None) if not one.is_binary]


def live(ready: dict[str, Any] = READY, **request: Any) -> TranscriptionClient:
    """A client whose session has begun."""
    client = TranscriptionClient(StartRequest(**{"wants_resume": True, **request}))
    greet(client)
    client.start()
    said(client)
    tell(client, ready)
    return client


def fatal(error: AlieError) -> dict[str, Any]:
    return replies.transcription_error(error, is_fatal=True)


class WhetherTests(SynchronousTestCase):
    """Every end of a socket."""

    def end(self, client: TranscriptionClient, code: int | None) -> Cut | None:
        return client.disconnected(code, 0.0, 0.5)

    def test_by_its_close_code(self) -> None:
        for code in (None, 1001, 1005, 1006, 1011, 1012, 1013, 1014, 4408, 4410):
            client = live()
            self.assertIsInstance(self.end(client, code), Cut, code)
            self.assertEqual((client.failure, client.is_closed), (None, False), code)
        for code in (1000, 1002, 1007, 1008, 1009, 4409, 4000):
            client = live()
            self.assertIsNone(self.end(client, code), code)
            self.assertTrue(client.failure is not None and client.is_closed, code)

    def test_by_the_error_before_it(self) -> None:
        for error in (errors.ShuttingDown(), errors.Internal(), errors.EngineUnavailable(), errors.MaxDuration()):
            client = live()
            tell(client, fatal(error))
            self.assertIsNone(client.failure)
            self.assertIsInstance(self.end(client, error.close_code), Cut, error.code)
        for refusal in (errors.TakenOver(), errors.AuthExpired(), errors.AuthInvalid(), errors.InvalidMessage()):
            client = live()
            tell(client, fatal(refusal))
            self.assertIsNone(self.end(client, None), refusal.code)
            self.assertEqual([trouble.code for trouble in client.troubles], [refusal.code])

    def test_not_where_it_is_not_offered_or_not_wanted(self) -> None:
        plain = {"type": "stream_ready"}
        for client in (live(plain), live(wants_resume=False), TranscriptionClient(StartRequest(wants_resume=True))):
            self.assertIsNone(self.end(client, None))
            self.assertEqual([trouble.code for trouble in client.troubles], ["CONNECTION_LOST"])

    def test_not_after_goodbye(self) -> None:
        client = live()
        client.give_up()
        self.assertIsNone(self.end(client, None))
        self.assertEqual((client.troubles, client.is_closed), ([], True))

    def test_not_after_the_account(self) -> None:
        client = live()
        tell(client, replies.transcription_complete(audio_s=0.0, finals=0, lost_s=0.0))
        self.assertIsNone(self.end(client, None))
        self.assertIsNone(client.failure)


class WhenTests(SynchronousTestCase):
    """Soon, more and more seldom, and not for ever."""

    def test_attempts_that_fail(self) -> None:
        client = live()
        cuts = [client.disconnected(None, 0.0, 0.0), *(client.unreached(REFUSED, 1.0, 0.0) for _ in range(2))]
        self.assertEqual([(cut.attempt, cut.delay_s) for cut in cuts if cut], [(1, 0.25), (2, 0.5), (3, 1.0)])

    def test_it_is_given_up_for_the_last_reason(self) -> None:
        client = live()
        client.disconnected(None, 0.0, 0.0)
        self.assertIsNone(client.unreached(REFUSED, PATIENCE_S, 0.0))
        self.assertEqual((client.failure, client.is_closed), (REFUSED, True))

    def test_a_session_that_only_begins_again_gets_nowhere(self) -> None:
        """A server whose engine always fails must not be tried for ever."""
        client, now, times = live(), 0.0, 0
        while client.failure is None:
            tell(client, fatal(errors.EngineUnavailable()))
            cut = client.disconnected(1011, now, 1.0)
            if cut is not None:
                now, times = now + cut.delay_s, times + 1
                greet(client)
                said(client)
                tell(client, READY)
        self.assertEqual(client.failure.code, "ENGINE_UNAVAILABLE")
        self.assertEqual(now, PATIENCE_S)
        self.assertLess(times, 25)

    def test_whatever_gets_somewhere_counts_anew(self) -> None:
        ack = {"type": "audio_ack", "receivedBytes": 2, "finalBytes": 0, "bufferedSeconds": 0}
        final = {"type": "transcription_result", "resultId": "r", "text": "a", "isFinal": True, "seq": 1}
        for message in (ack, final, replies.flushed(0)):
            client = live()
            client.disconnected(None, 0.0, 0.0)
            greet(client)
            tell(client, {"type": "stream_resumed", "receivedBytes": 0, "resumeToken": "next"})
            tell(client, message)
            cut = client.disconnected(None, 2 * PATIENCE_S, 0.0)
            assert cut is not None, message
            self.assertEqual(cut.attempt, 1)

    def test_a_server_that_says_when_it_will_be_back(self) -> None:
        client = live()
        tell(client, replies.server_draining(5), fatal(errors.ShuttingDown()))
        cut = client.disconnected(1001, 0.0, 0.0)
        assert cut is not None
        self.assertEqual((cut.trouble.code, cut.delay_s), ("SHUTTING_DOWN", 5.25))


class HowTests(SynchronousTestCase):
    """What is said on the next socket, and where it is."""

    def back(self, client: TranscriptionClient, *before: dict[str, Any]) -> dict[str, Any]:
        """The first message on the next socket; these come before the end of the present one."""
        tell(client, *before)
        client.disconnected(None, 0.0, 0.0)
        greet(client)
        (message,) = said(client)
        return message

    def test_the_session_is_asked_for_by_its_own_name(self) -> None:
        wanted = {
            "type": "resume_transcription",
            "sessionId": "s-1",
            "resumeToken": "secret",
            "lastSeq": 0,
            "token": "t",
        }
        self.assertEqual(self.back(live(token="t")), wanted)

    def test_the_newest_secret_and_the_last_final_are_shown(self) -> None:
        client = live()
        self.back(client)
        final = {"type": "transcription_result", "resultId": "r", "text": "a", "isFinal": True, "seq": 4}
        partial = {**final, "isFinal": False, "seq": 5}
        message = self.back(
            client, {"type": "stream_resumed", "receivedBytes": 0, "resumeToken": "next"}, final, partial
        )
        self.assertEqual((message["resumeToken"], message["lastSeq"]), ("next", 4))

    def test_a_session_that_has_ended_is_not_asked_for(self) -> None:
        self.assertEqual(self.back(live(), fatal(errors.ShuttingDown()))["type"], "start_transcription")

    def test_one_that_could_not_be_looked_for_is_asked_for_again(self) -> None:
        """A token that cannot be verified now is an error of the new socket, not of the session."""
        client = live()
        self.back(client)
        self.assertEqual(self.back(client, fatal(errors.Internal()))["type"], "resume_transcription")

    def test_one_that_is_not_found_begins_anew_on_the_same_socket(self) -> None:
        client = live(language_code="fr-CA")
        self.back(client)
        tell(client, replies.transcription_error(errors.SessionNotFound(), is_fatal=False))
        (message,) = said(client)
        self.assertEqual((message["type"], message["languageCode"]), ("start_transcription", "fr-CA"))
        self.assertEqual(self.back(client)["type"], "start_transcription")
        self.assertEqual(client.troubles, [])

    def test_no_seat_for_the_new_session_is_waited_for(self) -> None:
        client = live()
        self.back(client, fatal(errors.ShuttingDown()))
        self.assertEqual(self.back(client, fatal(errors.Capacity()))["type"], "start_transcription")

    def test_the_path_is_the_servers(self) -> None:
        self.assertEqual(live().path, "/ws/here")
        for odd in (None, "http://elsewhere/", ""):
            self.assertIsNone(live({**READY, "resumePath": odd}).path)

    def test_a_path_that_is_not_there_is_forgotten(self) -> None:
        client = live()
        client.disconnected(None, 0.0, 0.0)
        client.unreached(Trouble("NOT_FOUND", "Nothing at this path"), 0.0, 0.0)
        self.assertIsNone(client.path)

    def test_a_place_that_is_not_kept_is_no_place_to_go_on_at(self) -> None:
        client = live()
        self.back(client)
        tell(client, {"type": "stream_resumed", "receivedBytes": 2, "resumeToken": "next"})
        assert client.failure is not None
        self.assertEqual(client.failure.code, "BAD_MESSAGE")

    def test_audio_is_kept_until_an_ack_and_not_until_a_final(self) -> None:
        """An ack that is older than the final it comes after says nothing of it; the next one may know better."""
        client = live()
        for _ in range(100):
            client.speak(bytes(3200))
        said(client)
        final = {"type": "transcription_result", "resultId": "r", "text": "a", "isFinal": True, "seq": 1}
        ack = {"type": "audio_ack", "receivedBytes": 320_000, "bufferedSeconds": 0}
        tell(
            client, {**final, "startTime": 1.0, "endTime": 2.5}, {**ack, "finalBytes": 0}, {**ack, "finalBytes": 76_800}
        )
        self.back(client, fatal(errors.ShuttingDown()))
        tell(client, READY)
        self.assertEqual((client.failure, sum(len(one.payload) for one in iter(client.next, None))), (None, 243_200))

    def test_a_token_that_was_found_meanwhile_is_shown(self) -> None:
        client = live(token="old")
        client.disconnected(None, 0.0, 0.0)
        client.renew("new")
        greet(client)
        self.assertEqual(said(client)[0]["token"], "new")


class RenewalTests(SynchronousTestCase):
    """A token that expires while the dictation goes on."""

    def setUp(self) -> None:
        self.client = live(token="old")
        tell(self.client, replies.auth_expiring(120))

    def test_the_new_one_is_shown_and_stays(self) -> None:
        self.client.renew("new")
        self.assertEqual(said(self.client), [{"type": "authenticate", "token": "new"}])
        tell(self.client, replies.authenticated(None))
        self.assertEqual(self.client.renewal.token, "new")

    def test_a_refusal_is_no_failure_and_the_old_one_stays(self) -> None:
        for error, is_shown_again in ((errors.Internal(), True), (errors.AuthExpired(), False)):
            client = live(token="old")
            tell(client, replies.auth_expiring(120))
            client.renew("new")
            said(client)
            tell(client, replies.transcription_error(error, is_fatal=False))
            client.renew("new")
            self.assertEqual(bool(said(client)), is_shown_again, error.code)
            self.assertEqual((client.failure, client.renewal.token), (None, "old"))

    def test_nothing_found_is_nothing_said(self) -> None:
        for found in (None, "old"):
            self.client.renew(found)
            self.assertEqual(said(self.client), [])
