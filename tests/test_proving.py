"""Tests of alie.proving: nothing is heard before it is known who speaks, and not a moment after they may not."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import errors
from alie import events as on
from alie.anteroom import MAX_WAITING
from alie.session import State
from tests.support.driving import Driver
from tests.support.proofs import ANNE, BERNARD, person
from tests.support.reading import close, error, kinds, messages, of

REFUSED = ["transcription_error", "Close", "Ended"]
AT = 1_790_000_000.0
RESUME = {"sessionId": "s", "resumeToken": "r", "lastSeq": 0}


def owing() -> Driver:
    """An open socket that owes proof."""
    driver = Driver(is_token_owed=True)
    driver.open()
    return driver


class FirstProofTests(SynchronousTestCase):
    """A token in a first message is verified, then the message does what it says."""

    def test_start(self) -> None:
        """No engine, no seat, no answer before."""
        driver = owing()
        self.assertEqual(kinds(driver.start(token="t")), ["PauseReading", "Verify"])
        self.assertEqual((driver.state, driver.admission.taken), (State.VERIFYING, 0))
        actions = driver.prove(person(expires_at=AT), 3600.0)
        self.assertEqual(kinds(actions), ["Watch", "stream_ready", "ResumeReading"])
        self.assertEqual((driver.state, driver.admission.taken), (State.STARTED, 1))

    def test_the_token_is_not_kept_with_the_dictation(self) -> None:
        """Whether it was looked at or not."""
        driver = owing()
        driver.start(token="t")
        driver.prove(person())
        self.assertIsNone(driver.session.dictation.start.token)
        self.assertIsNone(Driver().started(token="t").session.dictation.start.token)

    def test_authenticate(self) -> None:
        """Answered with the end of the proof; a start may follow without any token."""
        driver = owing()
        driver.say("authenticate", token="t")
        actions = driver.prove(person(expires_at=AT), 3600.0)
        self.assertEqual(kinds(actions), ["Watch", "authenticated", "ResumeReading"])
        self.assertEqual(messages(actions)[0]["expiresAt"], "2026-09-21T14:13:20.000Z")
        self.assertEqual(kinds(driver.start()), ["stream_ready"])

    def test_a_key(self) -> None:
        """Does not expire."""
        driver = owing()
        driver.say("authenticate", token="t")
        self.assertIsNone(messages(driver.prove(person(way="key")))[0]["expiresAt"])

    def test_resume(self) -> None:
        """Proved, it claims the session; if there is none, a start may follow."""
        driver = owing()
        driver.say("resume_transcription", token="t", **RESUME)
        self.assertEqual(kinds(driver.prove(person())), ["Watch", "Claim", "ResumeReading"])
        self.assertEqual(kinds(driver.start()), ["stream_ready"])

    def test_the_time_to_start_begins_with_the_proof(self) -> None:
        """Then it is the usual one."""
        driver = owing()
        driver.say("authenticate", token="t")
        driver.prove(person())
        self.assertEqual(driver.wait(59.9), [])
        self.assertEqual(error(driver.wait(0.2))["code"], "START_TIMEOUT")

    def test_refused(self) -> None:
        """Whatever the reason, in its own words; there is no second try."""
        for reason, told, code in (
            (errors.AuthInvalid(), ("AUTH_INVALID", "Invalid token", False), 1008),
            (errors.AuthExpired(), ("AUTH_EXPIRED", "Token expired", False), 1008),
            (errors.AuthServiceError(), ("INTERNAL", "Authentication service unavailable", True), 1011),
        ):
            driver = owing()
            driver.start(token="t")
            actions = driver.refuse(reason)
            self.assertEqual(kinds(actions), REFUSED)
            found = error(actions)
            self.assertEqual((found["code"], found["error"], found["retryable"]), told)
            self.assertEqual(close(actions), do.Close(code, found["error"]))
            self.assertEqual(of(actions, do.TurnedAway), [do.TurnedAway(found["code"], "message")])

    def test_no_answer(self) -> None:
        """After 15 s it counts as none that can be had; what comes later changes nothing."""
        driver = owing()
        driver.start(token="t")
        self.assertEqual(driver.wait(14.9), [])
        actions = driver.wait(0.2)
        self.assertEqual((error(actions)["code"], close(actions).code), ("INTERNAL", 1011))
        self.assertEqual(driver.prove(person()), [])

    def test_without_a_token(self) -> None:
        """The contract's sentence; and a record of what was missing."""
        driver = owing()
        actions = driver.start()
        self.assertEqual(close(actions), do.Close(1008, "Authentication required"))
        self.assertEqual(of(actions, do.TurnedAway), [do.TurnedAway("AUTH_REQUIRED", "none")])

    def test_every_seat_taken(self) -> None:
        """Told after the proof, not before."""
        driver = Driver(is_token_owed=True, seats=0)
        driver.open()
        driver.start(token="t")
        self.assertEqual(error(driver.prove(person()))["code"], "CAPACITY")


class WaitingTests(SynchronousTestCase):
    """What comes while the first token is verified waits, in order."""

    def test_in_order(self) -> None:
        """As if it had come after."""
        driver = owing()
        driver.start(token="t")
        for type_ in ("flush", "voice_command", "unknown"):
            self.assertEqual(driver.say(type_), [])
        self.assertEqual(driver.speak(), [])
        self.assertEqual(driver.say("stop_transcription"), [])
        self.assertEqual(
            kinds(driver.prove(person())),
            ["Watch", "stream_ready", "flushed", "cmd_ack", "OpenEngine", "Feed", "FinishEngine", "ResumeReading"],
        )

    def test_a_ping_does_not_wait(self) -> None:
        """It says nothing about who is there."""
        driver = owing()
        driver.start(token="t")
        self.assertEqual(kinds(driver.say("ping", id=1)), ["pong"])

    def test_what_may_not_come_first(self) -> None:
        """Is as wrong as it would have been: audio after a token, but before a start."""
        driver = owing()
        driver.say("authenticate", token="t")
        driver.speak()
        driver.start()
        actions = driver.prove(person())
        self.assertEqual(kinds(actions), ["Watch", "authenticated", *REFUSED])
        self.assertEqual(error(actions)["code"], "INVALID_MESSAGE")

    def test_a_second_token_that_waits(self) -> None:
        """Is verified in its turn; the rest goes on waiting, and the socket unread."""
        driver = owing()
        driver.say("authenticate", token="a")
        driver.start(token="b")
        driver.speak()
        self.assertEqual(kinds(driver.prove(person())), ["Watch", "authenticated", "PauseReading", "Verify"])
        self.assertEqual(of(driver.actions, do.Verify), [do.Verify("a", 1), do.Verify("b", 2)])
        self.assertEqual(
            kinds(driver.prove(person(BERNARD))), ["Watch", "stream_ready", "OpenEngine", "Feed", "ResumeReading"]
        )

    def test_too_much(self) -> None:
        """Nobody floods us before we know them."""
        driver = owing()
        driver.start(token="t")
        for _ in range(MAX_WAITING):
            self.assertEqual(driver.say("flush"), [])
        actions = driver.say("flush")
        self.assertEqual((error(actions)["code"], close(actions).code), ("INVALID_MESSAGE", 1008))

    def test_lost(self) -> None:
        """What waited is forgotten, and a late answer starts nothing."""
        driver = owing()
        driver.start(token="t")
        driver.speak()
        self.assertEqual(kinds(driver.receive(on.Lost())), ["Ended"])
        self.assertEqual((driver.prove(person()), driver.session.anteroom.take()), ([], None))

    def test_draining(self) -> None:
        """As before a start."""
        driver = owing()
        driver.start(token="t")
        actions = driver.receive(on.Drain(15, 4, 2))
        self.assertEqual((kinds(actions), error(actions)["code"]), (["server_draining", *REFUSED], "SHUTTING_DOWN"))


class DoorTests(SynchronousTestCase):
    """Whom the door let in owes nothing more."""

    def admitted(self, way: str = "supabase") -> Driver:
        """An open socket of Anne's."""
        driver = Driver(is_token_owed=True, caller=person(ANNE, way=way, expires_at=AT))
        driver.open()
        return driver

    def test_start(self) -> None:
        """Without any token; the access is watched from the opening on."""
        driver = Driver(is_token_owed=True, caller=person())
        self.assertEqual(driver.open()[-1], do.Watch(person()))
        self.assertEqual(kinds(driver.start()), ["stream_ready"])

    def test_nothing_expires(self) -> None:
        """Its page could not renew anything."""
        driver = self.admitted()
        driver.start()
        for _ in range(60):
            driver.wait(240)
            if driver.state is State.STARTED:
                driver.speak()
        self.assertEqual(messages(driver.actions, "auth_expiring"), [])
        self.assertIs(driver.state, State.FINISHING)
        self.assertEqual(error(driver.receive(on.EngineFinished()))["code"], "MAX_DURATION")

    def test_an_origin_names_nobody(self) -> None:
        """So nobody is watched."""
        driver = Driver(is_token_owed=True, caller=person(way="origin"))
        self.assertEqual(of(driver.open(), do.Watch), [])

    def test_a_token_wins_over_what_the_browser_brought(self) -> None:
        """It may be of whoever sat there before."""
        driver = self.admitted()
        driver.start(token="t")
        driver.prove(person(BERNARD), 3600.0)
        assert driver.session.standing.caller is not None
        self.assertEqual(driver.session.standing.caller.principal.user_id, BERNARD)

    def test_a_bad_token_is_not_mended_by_a_ticket(self) -> None:
        """Who it was is not known."""
        driver = self.admitted()
        driver.start(token="t")
        self.assertEqual(error(driver.refuse(errors.AuthInvalid()))["code"], "AUTH_INVALID")
        self.assertIsNone(driver.session.standing.caller)


class TurnedAwayTests(SynchronousTestCase):
    """A socket with a bad ws token is closed without a word, as the contract has it."""

    def test_reasons(self) -> None:
        """Two of them; what expired is as invalid as any other."""
        for refusal, reason in (
            (errors.AuthInvalid(), "Invalid token"),
            (errors.AuthInvalid("Invalid token type"), "Invalid token type"),
            (errors.AuthExpired(), "Invalid token"),
        ):
            driver = Driver(is_token_owed=True)
            driver.session.standing.refusal = refusal
            actions = driver.open()
            self.assertEqual(kinds(actions), ["Close", "Ended"])
            self.assertEqual(close(actions), do.Close(1008, reason))
            self.assertEqual(of(actions, do.TurnedAway)[0].code, refusal.code)
            self.assertEqual((driver.state, driver.start(token="t")), (State.ENDED, []))

    def test_one_that_cannot_be_looked_at(self) -> None:
        """Is not called bad: the client may come again with it."""
        driver = Driver(is_token_owed=True)
        driver.session.standing.refusal = errors.AuthServiceError()
        actions = driver.open()
        self.assertEqual(kinds(actions), ["connection_established", *REFUSED])
        self.assertEqual((error(actions)["retryable"], close(actions).code), (True, 1011))
