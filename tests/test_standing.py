"""Tests of alie.standing: who speaks, and what time asks of them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import events as on
from alie.errors import AuthInvalid
from alie.limits import Limits
from alie.principal import KEY, LOCAL_CALLER, ORIGIN
from alie.standing import MESSAGE, Standing
from tests.support.proofs import ANNE, BERNARD, person

LIMITS = Limits()


def proved(lifetime_s: float | None, now: float = 1000.0) -> Standing:
    """A client that has presented a token."""
    standing = Standing(is_owed=True)
    asked = standing.ask("t", now, LIMITS)
    assert standing.takes(on.Verified(person(), lifetime_s, asked.number))
    standing.accept(on.Verified(person(), lifetime_s, asked.number), now, LIMITS)
    return standing


class DebtTests(SynchronousTestCase):
    """Proof is owed until there is some."""

    def test_debtors(self) -> None:
        """Only those of whom it is asked and who have shown none."""
        for is_owed, caller, expected in (
            (False, None, False),
            (True, None, True),
            (True, person(), False),
            (False, person(), False),
        ):
            self.assertIs(Standing(is_owed=is_owed, caller=caller).is_debtor, expected)

    def test_identity(self) -> None:
        """An access token or a key names a person; an origin does not, nor does nothing."""
        for caller, expected in (
            (person(), True),
            (person(way=KEY), True),
            (person(way=ORIGIN), False),
            (LOCAL_CALLER, False),
            (None, False),
        ):
            standing = Standing(caller=caller)
            self.assertIs(standing.has_identity, expected)
            self.assertEqual(standing.watch(), [do.Watch(caller)] if expected and caller else [])


class AskingTests(SynchronousTestCase):
    """One question at a time, and only its own answer counts."""

    def test_the_answer_counts_once(self) -> None:
        """And no other does."""
        standing = Standing(is_owed=True)
        first = standing.ask("a", 1000.0, LIMITS)
        self.assertTrue(standing.is_asking)
        self.assertFalse(standing.takes(on.Refused(AuthInvalid(), first.number + 1)))
        self.assertTrue(standing.takes(on.Refused(AuthInvalid(), first.number)))
        self.assertFalse(standing.takes(on.Refused(AuthInvalid(), first.number)))
        self.assertFalse(standing.is_asking)

    def test_an_answer_that_does_not_come(self) -> None:
        """Is given up after `verify_s`, and does not count when it comes after all, even beside a new question."""
        standing = Standing(is_owed=True)
        late = standing.ask("a", 1000.0, LIMITS)
        self.assertEqual(standing.due_at, 1000.0 + LIMITS.verify_s)
        self.assertFalse(standing.is_unanswered(1000.0))
        self.assertTrue(standing.is_unanswered(1000.0 + LIMITS.verify_s))
        standing.give_up()
        self.assertIsNone(standing.due_at)
        standing.ask("b", 1020.0, LIMITS)
        self.assertFalse(standing.takes(on.Verified(person(), None, late.number)))

    def test_no_token_in_a_repr(self) -> None:
        """Nor an e-mail."""
        asked = Standing(is_owed=True).ask("secret", 1000.0, LIMITS)
        told = repr(asked) + repr(on.Verified(person(token="secret"), 1.0, 1)) + repr(do.Watch(person(token="secret")))
        self.assertNotIn("secret", told)
        self.assertNotIn("example.ca", told)


class ExpiryTests(SynchronousTestCase):
    """A token that came in a message is renewed or runs out."""

    def test_warned_once_then_over(self) -> None:
        """120 s before, and 60 s after."""
        standing = proved(3600.0)
        self.assertEqual((standing.way, standing.due_at), (MESSAGE, 4480.0))
        self.assertFalse(standing.is_expiring(4479.9))
        self.assertTrue(standing.is_expiring(4480.0))
        self.assertEqual(standing.expires_in_s(4480.0), 120)
        self.assertFalse(standing.is_expiring(4481.0))
        self.assertEqual(standing.due_at, 4660.0)
        self.assertFalse(standing.is_over(4659.9))
        self.assertTrue(standing.is_over(4660.0))

    def test_renewed(self) -> None:
        """All of it begins anew."""
        standing = proved(3600.0)
        standing.is_expiring(4480.0)
        standing.accept(on.Verified(person(), 3600.0, 2), 4500.0, LIMITS)
        self.assertEqual((standing.due_at, standing.is_over(4660.0)), (7980.0, False))
        self.assertTrue(standing.is_expiring(7980.0))

    def test_short_lived(self) -> None:
        """Warned at once, of the time there is."""
        standing = proved(30.0)
        self.assertTrue(standing.is_expiring(1000.0))
        self.assertEqual((standing.expires_in_s(1000.0), standing.expires_in_s(1031.0)), (30, 0))

    def test_proof_that_does_not_expire(self) -> None:
        """A key, or whatever the door let in."""
        self.assertEqual((proved(None).due_at, proved(None).expires_in_s(1000.0)), (None, 0))
        self.assertIsNone(Standing(is_owed=True, caller=person(expires_at=1.0)).due_at)

    def test_the_wall_time_of_it(self) -> None:
        """ISO 8601 in UTC."""
        standing = Standing(caller=person(expires_at=1_790_000_000.25))
        self.assertEqual(standing.expires_at, "2026-09-21T14:13:20.250Z")
        self.assertIsNone(Standing(caller=person()).expires_at)
        self.assertIsNone(Standing().expires_at)


class OtherTests(SynchronousTestCase):
    """A renewal is by the same user."""

    def test_others(self) -> None:
        """Whoever else, and anybody at all where nobody was before."""
        standing = Standing(caller=person(ANNE))
        self.assertFalse(standing.is_other(person(ANNE, token="new")))
        self.assertTrue(standing.is_other(person(BERNARD)))
        self.assertTrue(Standing().is_other(person(ANNE)))
