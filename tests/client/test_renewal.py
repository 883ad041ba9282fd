"""A token that expires: looked for again and again, shown when it is worth it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.client.renewal import Renewal


def expiring() -> Renewal:
    """One whose token expires soon."""
    renewal = Renewal("old")
    renewal.expire()
    return renewal


def looks(renewal: Renewal) -> int:
    """How often a newer one is looked for from now on."""
    return len(list(iter(renewal.look, False)))


class RenewalTests(SynchronousTestCase):
    """From one token to the next."""

    def test_nothing_is_looked_for_before_time(self) -> None:
        self.assertEqual(looks(Renewal("old")), 0)

    def test_not_for_ever(self) -> None:
        self.assertEqual(looks(expiring()), 9)

    def test_only_a_new_one_is_shown(self) -> None:
        renewal = expiring()
        self.assertEqual([renewal.offer("old"), renewal.offer("new")], [False, True])

    def test_one_at_a_time(self) -> None:
        renewal = expiring()
        renewal.offer("new")
        self.assertFalse(renewal.offer("newer"))

    def test_a_good_one_ends_the_search(self) -> None:
        renewal = expiring()
        renewal.offer("new")
        renewal.accept()
        self.assertEqual((renewal.token, looks(renewal)), ("new", 0))

    def test_one_that_could_not_be_verified_is_shown_again_and_one_that_is_bad_is_not(self) -> None:
        for is_retryable in (True, False):
            renewal = expiring()
            renewal.offer("new")
            renewal.refuse(is_retryable=is_retryable)
            self.assertEqual((renewal.offer("new"), renewal.token), (is_retryable, "old"))

    def test_a_socket_that_goes_takes_the_question_along(self) -> None:
        renewal = expiring()
        renewal.offer("new")
        renewal.detach()
        self.assertTrue(renewal.offer("new"))

    def test_what_is_found_for_the_next_socket(self) -> None:
        renewal = expiring()
        renewal.replace(None)
        self.assertEqual(renewal.token, "old")
        renewal.replace("new")
        self.assertEqual((renewal.token, looks(renewal)), ("new", 0))
