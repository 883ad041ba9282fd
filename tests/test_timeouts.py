"""Tests of the session's deadlines: every wait ends, at its time, and as the protocol says."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import events as on
from alie.limits import Limits
from alie.session import State
from tests.support.driving import Driver, final, partial
from tests.support.reading import close, error, kinds, messages, of

HOUR_S = 3600.0


class StartTests(SynchronousTestCase):
    """A socket on which nobody starts is closed."""

    def test_no_first_message(self) -> None:
        """After 60 s."""
        driver = Driver()
        driver.open()
        self.assertEqual(driver.wait(59.9), [])
        actions = driver.wait(0.2)
        self.assertEqual((error(actions)["code"], error(actions)["fatal"]), ("START_TIMEOUT", True))
        self.assertEqual(close(actions).code, 1008)
        self.assertEqual(of(actions, do.Ended)[0].outcome, "START_TIMEOUT")

    def test_pings_are_no_start(self) -> None:
        """The time runs on."""
        driver = Driver()
        driver.open()
        driver.wait(59)
        driver.say("ping")
        self.assertEqual(error(driver.wait(1.1))["code"], "START_TIMEOUT")

    def test_nothing_is_due_before_opening_or_after_the_end(self) -> None:
        """No timer is kept for it."""
        driver = Driver()
        self.assertIsNone(driver.session.deadline())
        driver.open()
        driver.receive(on.Lost())
        self.assertIsNone(driver.session.deadline())


class IdleTests(SynchronousTestCase):
    """A session without audio ends after 15 minutes."""

    def test_no_audio_at_all(self) -> None:
        """The microphone was never granted."""
        driver = Driver().started()
        self.assertEqual(driver.wait(899), [])
        actions = driver.wait(2)
        self.assertEqual((error(actions)["code"], close(actions).code), ("IDLE_TIMEOUT", 4408))

    def test_no_more_audio(self) -> None:
        """The engine settles what it has before the close."""
        driver = Driver().dictating()
        driver.hear(partial())
        driver.wait(901)
        self.assertIs(driver.state, State.FINISHING)
        driver.hear(final())
        self.assertEqual(close(driver.receive(on.EngineFinished())).code, 4408)

    def test_messages_are_no_audio(self) -> None:
        """Pings keep a socket, not a seat."""
        driver = Driver().started()
        driver.wait(890)
        driver.say("ping")
        self.assertEqual(error(driver.wait(11))["code"], "IDLE_TIMEOUT")

    def test_audio_begins_it_anew(self) -> None:
        """As long as some comes."""
        driver = Driver().started()
        for _ in range(5):
            driver.wait(800)
            driver.speak()
        self.assertIs(driver.state, State.STARTED)


class DurationTests(SynchronousTestCase):
    """Four hours are enough."""

    def test_audio_all_along(self) -> None:
        """The last words are sent, then the error and the close."""
        driver = Driver().started()
        for _ in range(24):
            driver.speak()
            driver.wait(HOUR_S / 6)
        self.assertIs(driver.state, State.FINISHING)
        self.assertEqual(messages(driver.hear(final()))[0]["isFinal"], True)
        actions = driver.receive(on.EngineFinished())
        self.assertEqual((error(actions)["code"], close(actions).code), ("MAX_DURATION", 4410))
        self.assertEqual(messages(actions, "transcription_complete"), [])


class FinishTests(SynchronousTestCase):
    """An engine that settles nothing is given up."""

    def test_an_engine_that_never_finishes(self) -> None:
        """After 120 s without a word from it; what was shown gets its final."""
        driver = Driver().dictating()
        driver.hear(partial())
        driver.say("stop_transcription")
        self.assertEqual(driver.wait(119), [])
        actions = driver.wait(2)
        self.assertEqual(messages(actions)[0]["isFinal"], True)
        self.assertEqual((error(actions)["code"], close(actions).code), ("ENGINE_UNAVAILABLE", 1011))
        self.assertEqual(kinds(actions)[-2:], ["AbortEngine", "Ended"])

    def test_results_are_progress(self) -> None:
        """An engine that works through a long backlog is not given up."""
        driver = Driver().dictating()
        driver.say("stop_transcription")
        for number in range(10):
            self.assertNotIn("Close", kinds(driver.wait(50)))
            driver.hear(final(f"e-{number}"))
        self.assertIs(driver.state, State.FINISHING)

    def test_a_tick_that_comes_early(self) -> None:
        """It changes nothing."""
        driver = Driver().dictating()
        driver.say("stop_transcription")
        self.assertEqual(driver.receive(on.Tick()), [])


class DrainTests(SynchronousTestCase):
    """The daemon goes down: nobody is cut off in the middle of a word."""

    def test_before_start(self) -> None:
        """Closed at once."""
        driver = Driver()
        driver.open()
        actions = driver.receive(on.Drain(15, 4, 2))
        self.assertEqual(messages(actions)[0], {"type": "server_draining", "reconnectAfterSeconds": 2})
        self.assertEqual((error(actions)["code"], close(actions).code), ("SHUTTING_DOWN", 1001))

    def test_alie_client(self) -> None:
        """Told, flushed and closed at once: it comes back."""
        driver = Driver().dictating(words=True)
        driver.hear(partial())
        self.assertEqual(kinds(driver.receive(on.Drain(15, 4, 2))), ["server_draining", "FinishEngine"])
        driver.hear(final())
        actions = driver.receive(on.EngineFinished())
        self.assertEqual((error(actions)["code"], close(actions).code), ("SHUTTING_DOWN", 1001))

    def test_plain_client_goes_on(self) -> None:
        """It is told, and may speak and stop as ever."""
        driver = Driver().dictating()
        self.assertEqual(kinds(driver.receive(on.Drain(15, 4, 2))), ["server_draining"])
        self.assertEqual(kinds(driver.speak()), ["Feed"])
        driver.say("stop_transcription")
        self.assertEqual(close(driver.receive(on.EngineFinished())).code, 1000)

    def test_plain_client_whose_time_is_up(self) -> None:
        """Its last words still have time to come."""
        driver = Driver().dictating()
        driver.hear(partial())
        driver.receive(on.Drain(15, 4, 2))
        driver.speak()
        self.assertEqual(kinds(driver.wait(15.1)), ["FlushEngine", "FinishEngine"])
        self.assertEqual(messages(driver.hear(final()))[0]["isFinal"], True)
        self.assertEqual(close(driver.receive(on.EngineFinished())).code, 1001)

    def test_an_engine_that_is_too_slow_for_it(self) -> None:
        """What was shown is final, and the close comes in time."""
        driver = Driver().dictating()
        driver.hear(partial())
        driver.receive(on.Drain(15, 4, 2))
        driver.wait(15.1)
        actions = driver.wait(4)
        self.assertEqual(messages(actions)[0]["isFinal"], True)
        self.assertEqual((error(actions)["code"], close(actions).code), ("SHUTTING_DOWN", 1001))

    def test_while_finishing(self) -> None:
        """An engine has until the drain's end, not its usual minute."""
        driver = Driver().dictating()
        driver.say("stop_transcription")
        driver.receive(on.Drain(15, 4, 2))
        self.assertEqual(close(driver.wait(15.1)).code, 1001)

    def test_no_time_at_all(self) -> None:
        """ALIE_DRAIN_SECONDS=0."""
        driver = Driver().dictating()
        driver.receive(on.Drain(0, 0, 2))
        self.assertEqual(close(driver.wait(0)).code, 1001)


class LimitsTests(SynchronousTestCase):
    """Each limit can be set."""

    def test_own_limits(self) -> None:
        """They are what the deadlines are made of."""
        limits = Limits(start_s=1, idle_s=2, duration_s=3, quiet_s=0.5, finish_s=0.25)
        driver = Driver(limits=limits)
        driver.open()
        self.assertEqual(error(driver.wait(1))["code"], "START_TIMEOUT")
        driver = Driver(limits=limits).started()
        self.assertEqual(error(driver.wait(2))["code"], "IDLE_TIMEOUT")
        driver = Driver(limits=limits).started()
        driver.wait(1.5)
        driver.speak()
        actions = driver.wait(2)
        self.assertEqual(kinds(actions)[:2], ["FlushEngine", "FinishEngine"])
        self.assertEqual(error(actions)["code"], "ENGINE_UNAVAILABLE")
