"""Tests of alie.proving after start: proof is renewed, expires and is revoked while the dictation goes on."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import errors
from alie import events as on
from alie.proving import MAX_RECORDED_REFUSALS
from alie.session import State
from tests.support.driving import Driver, partial
from tests.support.proofs import ANNE, BERNARD, person
from tests.support.reading import close, error, kinds, messages, of

AT = 1_790_000_000.0


def dictating(lifetime_s: float | None = 3600.0) -> Driver:
    """A dictation of Anne's, whose token came with the start; what was done until then is forgotten."""
    driver = Driver(is_token_owed=True)
    driver.open()
    driver.start(token="t")
    driver.prove(person(ANNE, expires_at=AT), lifetime_s)
    driver.speak()
    driver.actions = of(driver.actions, do.Verify)
    return driver


class RenewalTests(SynchronousTestCase):
    """A further token holds nothing up."""

    def test_renewed(self) -> None:
        """Audio flows meanwhile; then everything about expiry begins anew."""
        driver = dictating()
        self.assertEqual(kinds(driver.say("authenticate", token="u")), ["Verify"])
        self.assertEqual(kinds(driver.speak()), ["Feed"])
        actions = driver.prove(person(ANNE, token="u", expires_at=AT + 3600), 7200.0)
        self.assertEqual(kinds(actions), ["Watch", "authenticated"])
        self.assertEqual(messages(actions)[0]["expiresAt"], "2026-09-21T15:13:20.000Z")
        driver.actions.clear()
        for _ in range(8):
            driver.speak()
            driver.wait(850)
        self.assertEqual(messages(driver.actions, "auth_expiring"), [])

    def test_somebody_else(self) -> None:
        """Ends the session: what was said before is not theirs."""
        driver = dictating()
        driver.say("authenticate", token="u")
        actions = driver.prove(person(BERNARD), 3600.0)
        self.assertEqual((error(actions)["code"], close(actions).code), ("AUTH_INVALID", 1008))
        assert driver.session.standing.caller is not None
        self.assertEqual(driver.session.standing.caller.principal.user_id, ANNE)

    def test_refused(self) -> None:
        """Told, and the old proof goes on until its own end."""
        for reason in (errors.AuthInvalid(), errors.AuthExpired(), errors.AuthServiceError()):
            driver = dictating()
            driver.say("authenticate", token="u")
            actions = driver.refuse(reason)
            self.assertEqual((error(actions)["code"], error(actions)["fatal"]), (reason.code, False))
            self.assertEqual(kinds(driver.speak()), ["Feed"])

    def test_records_of_refusals_are_bounded(self) -> None:
        """Or a client could fill the log."""
        driver = dictating()
        for _ in range(MAX_RECORDED_REFUSALS + 3):
            driver.say("authenticate", token="u")
            driver.refuse(errors.AuthInvalid())
        self.assertEqual(len(of(driver.actions, do.TurnedAway)), MAX_RECORDED_REFUSALS)
        self.assertEqual(len(messages(driver.actions, "transcription_error")), MAX_RECORDED_REFUSALS + 3)

    def test_one_at_a_time(self) -> None:
        """A further one is refused while one is being verified, and taken again when that was given up."""
        driver = dictating()
        driver.say("authenticate", token="u")
        told = error(driver.say("authenticate", token="v"))
        self.assertEqual((told["code"], told["fatal"]), ("INVALID_MESSAGE", False))
        told = error(driver.wait(15))
        self.assertEqual((told["code"], told["fatal"], told["retryable"]), ("INTERNAL", False, True))
        self.assertEqual(driver.prove(person()), [])
        self.assertEqual(kinds(driver.say("authenticate", token="v")), ["Verify"])

    def test_while_finishing(self) -> None:
        """Answered still."""
        driver = dictating()
        driver.say("stop_transcription")
        driver.say("authenticate", token="u")
        self.assertEqual(kinds(driver.prove(person(ANNE), 60.0)), ["Watch", "authenticated"])


class ExpiryTests(SynchronousTestCase):
    """A client is told in time, and ended when it does not renew."""

    def expired(self) -> Driver:
        """A dictation 60 s past the end of its token's life, its engine finishing."""
        driver = dictating(300.0)
        driver.hear(partial())
        driver.wait(359)
        driver.speak()
        driver.wait(1)
        return driver

    def test_told(self) -> None:
        """120 s before, once."""
        driver = dictating(300.0)
        driver.wait(179)
        self.assertEqual(messages(driver.actions, "auth_expiring"), [])
        driver.wait(1)
        driver.wait(100)
        self.assertEqual(
            messages(driver.actions, "auth_expiring"), [{"type": "auth_expiring", "expiresInSeconds": 120}]
        )

    def test_ended(self) -> None:
        """All that was heard is settled and told first."""
        driver = self.expired()
        self.assertEqual((driver.state, kinds(driver.actions)[-1]), (State.FINISHING, "FinishEngine"))
        actions = driver.receive(on.EngineFinished())
        self.assertEqual(messages(actions)[0]["isFinal"], True)
        self.assertEqual((error(actions)["code"], close(actions).code), ("AUTH_EXPIRED", 1008))

    def test_renewed_at_the_last_moment(self) -> None:
        """Within the 60 s."""
        driver = dictating(300.0)
        driver.wait(359)
        driver.say("authenticate", token="u")
        driver.prove(person(ANNE), 3600.0)
        driver.wait(60)
        self.assertIs(driver.state, State.STARTED)


class RevocationTests(SynchronousTestCase):
    """Access that is gone ends the session at once."""

    def test_while_dictating(self) -> None:
        """The engine is dropped; what was shown stays, nothing else is told, and what was not heard counts as lost."""
        driver = dictating()
        driver.hear(partial(end_s=0.1))
        actions = driver.receive(on.Revoked())
        self.assertEqual(
            kinds(actions), ["transcription_result", "transcription_error", "Close", "AbortEngine", "Ended"]
        )
        self.assertEqual(messages(actions)[0]["text"], "so far")
        self.assertEqual((error(actions)["code"], error(actions)["error"]), ("AUTH_INVALID", "Access was revoked"))
        self.assertEqual(close(actions), do.Close(1008, "Access was revoked"))
        self.assertEqual(round(of(actions, do.Ended)[0].lost_s, 3), 0.156)

    def test_before_start(self) -> None:
        """Of whoever has shown a token."""
        driver = Driver(is_token_owed=True)
        driver.open()
        driver.say("authenticate", token="t")
        driver.prove(person())
        self.assertEqual(kinds(driver.receive(on.Revoked())), ["transcription_error", "Close", "Ended"])

    def test_a_ticket_before_start(self) -> None:
        """It counts for nothing any more, and is no bar: whoever sits there now may show a token of their own."""
        driver = Driver(is_token_owed=True, caller=person(ANNE))
        driver.open()
        self.assertEqual(driver.receive(on.Revoked()), [])
        driver.start(token="t")
        self.assertEqual(kinds(driver.prove(person(BERNARD)))[1], "stream_ready")
        driver = Driver(is_token_owed=True, caller=person(ANNE))
        driver.open()
        driver.receive(on.Revoked())
        self.assertEqual(error(driver.start())["code"], "AUTH_REQUIRED")

    def test_a_ticket_while_a_token_is_verified(self) -> None:
        """The token may be of somebody else, and is what counts."""
        driver = Driver(is_token_owed=True, caller=person(ANNE))
        driver.open()
        driver.start(token="t")
        self.assertEqual(driver.receive(on.Revoked()), [])
        self.assertEqual(kinds(driver.prove(person(BERNARD)))[1], "stream_ready")
