"""Tests of alie.resuming: a session loses its socket and gets another, at every moment of a dictation."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import errors
from alie import events as on
from alie.actions import Action
from alie.limits import Limits
from alie.principal import SUPABASE, Caller, Principal
from alie.resuming import Claimed, may_claim
from alie.session import State
from alie.standing import TICKET, Standing
from tests.support.driving import FRAME, SESSION_ID, Driver, final, partial
from tests.support.reading import close, error, kinds, messages, of

ANNE = Caller(Principal("u-anne", SUPABASE), "grant-1")
LUC = Caller(Principal("u-luc", SUPABASE), "grant-2")
CUT = on.Lost()
GONE = ["AbortEngine", "Ended", "Withdraw"]


def dictating(**fields: Any) -> Driver:
    """A session that may be resumed, with audio and one partial."""
    driver = Driver().dictating(resume=True, **fields)
    driver.hear(partial())
    driver.actions.clear()
    return driver


def come_back(driver: Driver, last_seq: int = 0) -> list[Action]:
    """The client gets another socket."""
    return driver.receive(Claimed(last_seq, Standing()))


class CutTests(SynchronousTestCase):
    """A socket that breaks does not end the session; nothing is said to nobody."""

    def test_it_waits(self) -> None:
        """The engine goes on; the seat is kept."""
        driver = dictating()
        self.assertEqual(driver.receive(CUT), [])
        self.assertEqual((driver.state, driver.admission.taken), (State.STARTED, 1))
        self.assertEqual(kinds(driver.hear(final())), [])
        self.assertTrue(driver.session.resumption.is_detached)

    def test_for_thirty_seconds(self) -> None:
        """Then it is lost, as any other is at once."""
        driver = dictating()
        driver.receive(CUT)
        self.assertNotIn("Ended", kinds(driver.wait(29.9)))
        actions = driver.wait(0.2)
        self.assertEqual(kinds(actions), GONE)
        (ended,) = of(actions, do.Ended)
        self.assertEqual((ended.outcome, driver.admission.taken, driver.session.deadline()), ("lost", 0, None))

    def test_a_farewell(self) -> None:
        """A client that closes as it should, and did not stop, has given up: its seat is somebody else's."""
        driver = dictating()
        self.assertEqual(kinds(driver.receive(on.Lost(is_clean=True, is_farewell=True))), GONE)

    def test_a_clean_close_that_is_none(self) -> None:
        """A proxy that goes away closes with 1001."""
        driver = dictating()
        self.assertEqual(driver.receive(on.Lost(is_clean=True)), [])

    def test_a_session_that_may_not_be_resumed(self) -> None:
        """Ends with its socket."""
        self.assertEqual(kinds(Driver().dictating(ack=True).receive(CUT)), GONE[:2])

    def test_a_sentence_that_is_cut_off_goes_on(self) -> None:
        """No audio comes, but nobody has paused: what is said next belongs to it. Silence counts anew then."""
        driver = dictating()
        driver.receive(CUT)
        self.assertNotIn("FlushEngine", kinds(driver.wait(29.0)))
        come_back(driver)
        self.assertNotIn("FlushEngine", kinds(driver.wait(4.0)))
        self.assertIn("FlushEngine", kinds(driver.wait(2.0)))

    def test_the_daemon_goes_down(self) -> None:
        """Nobody can come back."""
        driver = dictating()
        driver.receive(CUT)
        self.assertEqual(kinds(driver.receive(on.Drain(15, 4, 2))), GONE)

    def test_the_daemon_is_going_down(self) -> None:
        """Nobody could come back: what was stopped ends while there is time to record it."""
        driver = dictating()
        driver.say("stop_transcription")
        driver.receive(on.Drain(15, 4, 2))
        self.assertEqual((driver.state, kinds(driver.receive(CUT))), (State.FINISHING, GONE))

    def test_the_daemon_is_going_down_and_all_was_said(self) -> None:
        """The last words wait for nobody."""
        driver = dictating()
        driver.say("stop_transcription")
        driver.receive(on.Drain(15, 4, 2))
        driver.receive(on.EngineFinished())
        self.assertEqual((driver.state, kinds(driver.receive(CUT))), (State.ENDED, ["Withdraw"]))

    def test_access_is_revoked_meanwhile(self) -> None:
        """Nobody may come back."""
        driver = dictating()
        driver.receive(CUT)
        done = kinds(driver.receive(on.Revoked()))
        self.assertEqual((done[-1], driver.session.resumption), ("Withdraw", None))
        self.assertTrue({"Send", "Close"}.isdisjoint(done), "nobody is there to hear it")


class ComingBackTests(SynchronousTestCase):
    """The client is told what it missed, and goes on where its audio arrived whole."""

    def test_what_it_is_told(self) -> None:
        """Finals it does not have, the newest partial, then where to go on, with a new token."""
        driver = dictating()
        driver.hear(final())
        driver.receive(CUT)
        driver.hear(partial("e-2", "more", 0.5))
        driver.hear(partial("e-2", "more and", 0.6))
        actions = come_back(driver, last_seq=1)
        self.assertEqual(
            kinds(actions),
            ["Resumed", "ResumeReading", "transcription_result", "transcription_result", "stream_resumed"],
        )
        told = messages(actions, "transcription_result")
        self.assertEqual([(one["seq"], one["text"]) for one in told], [(2, "So far."), (4, "more and")])
        self.assertEqual(
            messages(actions, "stream_resumed"),
            [
                {
                    "type": "stream_resumed",
                    "sessionId": SESSION_ID,
                    "receivedBytes": len(FRAME),
                    "resumeToken": "token-2",
                }
            ],
        )

    def test_it_goes_on(self) -> None:
        """Audio counts over all sockets, numbers go on, and the window is over."""
        driver = dictating()
        driver.receive(CUT)
        come_back(driver)
        driver.speak()
        (told,) = messages(driver.hear(final(end_s=0.5)))
        self.assertEqual((told["seq"], driver.session.dictation.received_s), (2, 0.512))
        self.assertNotIn("Ended", kinds(driver.wait(60.0)))

    def test_half_a_sample(self) -> None:
        """Its other half may be in the frame that was lost: the client sends it again whole."""
        driver = dictating()
        driver.speak(b"\x01\x02\x03")
        driver.receive(CUT)
        (resumed,) = messages(come_back(driver), "stream_resumed")
        self.assertEqual(resumed["receivedBytes"], len(FRAME) + 2)
        (fed,) = of(driver.speak(b"\x05\x06"), do.Feed)
        self.assertEqual(fed.audio, b"\x05\x06")

    def test_a_flush_that_was_not_answered(self) -> None:
        """Is asked again by the client: the answer to the old one would be one too many."""
        driver = dictating()
        driver.say("flush")
        driver.receive(CUT)
        come_back(driver)
        self.assertEqual(kinds(driver.receive(on.EngineFlushed())), [])

    def test_an_engine_that_is_full(self) -> None:
        """The new socket is not read either."""
        driver = dictating()
        driver.receive(on.EngineBacklog(True))
        driver.receive(CUT)
        self.assertIn("PauseReading", kinds(come_back(driver)))

    def test_again_and_again(self) -> None:
        """Each time from where it was."""
        driver = dictating()
        driver.hear(final())
        for seq in range(3, 13):
            driver.hear(final(f"e-{seq}"))
            driver.receive(CUT)
            (told,) = messages(come_back(driver, last_seq=seq - 1), "transcription_result")[:1]
            self.assertEqual(told["seq"], seq)


class LastWordsTests(SynchronousTestCase):
    """A session that ends while nobody listens tells its end to who comes back."""

    def test_stopped_then_cut(self) -> None:
        """The last words were on their way."""
        driver = dictating()
        driver.say("stop_transcription")
        self.assertEqual(driver.receive(CUT), [])
        self.assertEqual(kinds(driver.hear(final())), [])
        self.assertEqual(kinds(driver.receive(on.EngineFinished())), ["AbortEngine", "Ended"])
        self.assertEqual(driver.admission.taken, 0)
        actions = come_back(driver, last_seq=1)
        self.assertEqual(
            kinds(actions),
            ["Resumed", "ResumeReading", "transcription_result", "stream_resumed", "transcription_complete", "Close"],
        )
        self.assertEqual(close(actions).code, 1000)

    def test_cut_before_the_close_was_answered(self) -> None:
        """The last words may have been lost with the socket, which both sides did not close."""
        driver = dictating()
        driver.say("stop_transcription")
        driver.receive(on.EngineFinished())
        self.assertEqual(driver.receive(CUT), [])
        self.assertEqual(kinds(come_back(driver))[-2:], ["transcription_complete", "Close"])
        self.assertEqual(driver.receive(on.Lost(is_clean=True)), [do.Withdraw()])

    def test_closed_by_both_sides(self) -> None:
        """All has arrived: nothing is kept."""
        driver = dictating()
        driver.say("stop_transcription")
        driver.receive(on.EngineFinished())
        self.assertEqual(driver.receive(on.Lost(is_clean=True)), [do.Withdraw()])
        self.assertEqual((driver.session.resumption, driver.session.deadline()), (None, None))

    def test_nobody_comes_for_them(self) -> None:
        """They are forgotten when the window is over."""
        driver = dictating()
        driver.say("stop_transcription")
        driver.receive(CUT)
        driver.receive(on.EngineFinished())
        self.assertEqual(driver.wait(29.9), [])
        self.assertEqual(driver.wait(0.2), [do.Withdraw()])

    def test_an_engine_that_failed(self) -> None:
        """The error is told; the text that was shown is not made final, for it will be heard anew."""
        driver = dictating()
        driver.receive(CUT)
        driver.fail(errors.EngineUnavailable())
        actions = come_back(driver, last_seq=1)
        told = messages(actions)
        self.assertEqual(
            [one["type"] for one in told], ["transcription_result", "stream_resumed", "transcription_error"]
        )
        self.assertEqual((told[0]["isFinal"], error(actions)["fatal"], close(actions).code), (False, True, 1011))


class NextSessionTests(SynchronousTestCase):
    """A client that keeps its audio begins a new session where the finals of this one end."""

    def test_a_daemon_that_goes_down(self) -> None:
        """A sentence is left to the next one whole: settled now, the word in the middle would be two halves."""
        driver = dictating()
        actions = driver.receive(on.Drain(15, 4, 2))
        self.assertEqual([one["type"] for one in messages(actions)], ["server_draining", "transcription_error"])
        self.assertEqual((error(actions)["code"], close(actions).code), ("SHUTTING_DOWN", 1001))

    def test_an_engine_that_failed(self) -> None:
        """The same."""
        actions = dictating().fail(errors.EngineUnavailable())
        self.assertEqual([one["type"] for one in messages(actions)], ["transcription_error"])

    def test_an_error_after_which_none_begins(self) -> None:
        """What was shown becomes final as it stands."""
        actions = dictating().receive(on.Revoked())
        self.assertEqual([one["type"] for one in messages(actions)], ["transcription_result", "transcription_error"])


class ClaimTests(SynchronousTestCase):
    """Only the session's own client may take it over."""

    def may(self, driver: Driver, claim: do.Claim, caller: Caller | None = None) -> bool:
        """Whether the session would be given away."""
        return may_claim(driver.session, claim, Standing(is_owed=caller is not None, caller=caller, way=TICKET))

    def test_the_token(self) -> None:
        """Without authentication it is the proof."""
        driver = dictating()
        claims = [do.Claim(SESSION_ID, token, seq) for token, seq in (("token-1", 1), ("token-2", 1), ("token-1", 2))]
        self.assertEqual([self.may(driver, claim) for claim in claims], [True, False, False])

    def test_the_same_user(self) -> None:
        """A token that leaked is of no use to another."""
        driver = Driver(is_token_owed=True, caller=ANNE).dictating(resume=True)
        claim = do.Claim(SESSION_ID, "token-1", 0)
        self.assertEqual([self.may(driver, claim, one) for one in (ANNE, LUC, None)], [True, False, False])

    def test_a_session_that_may_not_be_resumed(self) -> None:
        """Has no token."""
        self.assertFalse(self.may(Driver().dictating(), do.Claim(SESSION_ID, "token-1", 0)))

    def test_who_speaks_now(self) -> None:
        """The new proof counts, and is watched; an answer about the old one does not count."""
        driver = Driver(is_token_owed=True, caller=ANNE).dictating(resume=True)
        driver.say("authenticate", token="t")
        asked = driver.asked
        driver.receive(CUT)
        standing = Standing(is_owed=True, caller=ANNE, way=TICKET)
        self.assertIn(do.Watch(ANNE), driver.receive(Claimed(0, standing)))
        self.assertIs(driver.session.standing, standing)
        driver.say("authenticate", token="t")
        self.assertEqual(driver.receive(on.Verified(ANNE, 60.0, asked)), [])

    def test_the_socket_before(self) -> None:
        """Is told, and its close is not how the session ended."""
        driver = dictating()
        actions = driver.receive(on.Displaced())
        self.assertEqual((error(actions)["code"], close(actions).code), ("TAKEN_OVER", 4409))
        self.assertEqual(kinds(come_back(driver))[-1], "stream_resumed")


class MovingTests(SynchronousTestCase):
    """The session on the new socket, which was never started."""

    def test_it_ends_without_a_word(self) -> None:
        """The socket is not its own any more."""
        driver = Driver()
        driver.open()
        (ended,) = driver.receive(on.Moved())
        self.assertEqual((ended.outcome, driver.session.deadline()), ("moved", None))

    def test_what_is_kept_is_bounded(self) -> None:
        """By what the client's end of the connection has answered for."""
        driver = Driver(limits=Limits(replay_bytes=1000)).dictating(resume=True)
        for number in range(20):
            driver.hear(final(f"e-{number}"))
            driver.receive(on.Probed())
            driver.receive(on.Answered())
        self.assertLess(driver.session.resumption.replay.byte_count, 1000)
        self.assertFalse(driver.session.resumption.accepts("token-1", 0))
