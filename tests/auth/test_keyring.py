"""Tests of alie.auth.keyring: keys are fetched when they are needed, seldom, and not used for longer than allowed."""

from __future__ import annotations

from alie.auth.keyring import FRESH_S, KEPT_S, KEY_SET_PATH, NO_KEYS, REFETCH_S, RETRY_S, Keyring
from alie.errors import AuthServiceError
from alie.supabase import TIMEOUT_S
from alie.token_form import TokenForm, read_form
from tests.auth.project import KEYS, ProjectCase
from tests.support.supabase_keys import SigningKey


class Case(ProjectCase):
    """A keyring of a project."""

    secret = ""

    def setUp(self) -> None:
        super().setUp()
        self.keyring = Keyring(self.clock, self.http, self.secret)

    def form(self, key: SigningKey | None = None) -> TokenForm:
        """Of a token under that key, by default the current one."""
        return read_form((key or self.auth.keys[-1]).sign(b"{}"))

    def names(self, form: TokenForm | None = None) -> list[str | None]:
        """Of the keys that are given."""
        return [key.key_id for key in self.result(self.keyring.keys_for(form or self.form()))]

    def refusal(self, form: TokenForm | None = None) -> str:
        """Why none are given."""
        return self.error(self.keyring.keys_for(form or self.form()))

    @property
    def fetches(self) -> int:
        """How often the key set was fetched."""
        return self.asked(KEYS)

    def stranger(self, number: int) -> TokenForm:
        """A token under a name that nobody knows."""
        key = self.auth.keys[-1]
        return read_form(key.sign(b"{}", {**key.header, "kid": f"invented-{number}"}))


class CacheTests(Case):
    """The key set is not fetched per request."""

    def test_path(self) -> None:
        """Where Supabase has it."""
        self.assertEqual(KEY_SET_PATH, "/auth/v1/.well-known/jwks.json")

    def test_first(self) -> None:
        """Is fetched when a token comes, and once for many."""
        self.assertEqual(self.fetches, 0)
        for _ in range(50):
            self.assertEqual(self.names(), [self.auth.keys[0].key_id])
        self.assertEqual(self.fetches, 1)

    def test_at_start(self) -> None:
        """Or before."""
        self.keyring.start()
        self.names()
        self.assertEqual(self.fetches, 1)

    def test_together(self) -> None:
        """Those that come while it is fetched share that."""
        self.auth.is_silent = True
        waiting = [self.begin(self.keyring.keys_for(self.form())) for _ in range(5)]
        self.assertEqual(len(self.auth.agent.held), 1)
        self.auth.is_silent = False
        self.clock.advance(TIMEOUT_S)
        for answer in waiting:
            self.failureResultOf(answer, AuthServiceError)

    def test_one_that_leaves(self) -> None:
        """Leaves the others waiting."""
        self.auth.is_silent = True
        first, second = (self.begin(self.keyring.keys_for(self.form())) for _ in range(2))
        first.cancel()
        self.failureResultOf(first)
        self.assertNoResult(second)
        self.clock.advance(TIMEOUT_S)
        self.failureResultOf(second, AuthServiceError)

    def test_anew_before_it_is_old(self) -> None:
        """Without anybody waiting for it."""
        self.names()
        self.clock.advance(FRESH_S - 1)
        self.names()
        self.assertEqual(self.fetches, 1)
        self.clock.advance(1)
        self.auth.is_silent = True
        self.assertEqual(len(self.names()), 1)
        self.assertEqual(len(self.auth.agent.held), 1)

    def test_revoked(self) -> None:
        """A key is out of use ten minutes after the last key set with it at the latest."""
        self.assertLessEqual(KEPT_S, 600)
        old = self.auth.keys[0]
        self.names()
        self.auth.rotate()
        self.auth.revoke_key(old)
        self.clock.advance(KEPT_S)
        self.assertNotIn(old.key_id, self.names(self.form(old)))


class UnknownNameTests(Case):
    """Names may be anybody's invention."""

    def test_rotation(self) -> None:
        """A key that is new is fetched with the first token under it."""
        self.names()
        self.clock.advance(REFETCH_S)
        new = self.auth.rotate("RS256")
        self.assertIn(new.key_id, self.names())
        self.assertEqual(self.fetches, 2)

    def test_rotation_right_after_a_fetch(self) -> None:
        """That fetch was for another name, and does not stand in the way; the next one has to wait."""
        self.keyring.start()
        self.names()
        for fetches in (2, 3):
            new = self.auth.rotate()
            self.assertIn(new.key_id, self.names())
            self.assertEqual(self.fetches, fetches)
            newer = self.auth.rotate()
            self.assertNotIn(newer.key_id, self.names())
            self.assertEqual(self.fetches, fetches)
            self.clock.advance(REFETCH_S)

    def test_invented(self) -> None:
        """Many of them cost one fetch in a while."""
        for number in range(200):
            self.names(self.stranger(number))
        self.assertEqual(self.fetches, 1)
        self.clock.advance(REFETCH_S)
        for number in range(200):
            self.names(self.stranger(number))
        self.assertEqual(self.fetches, 2)

    def test_invented_while_nothing_answers(self) -> None:
        """It cannot be told; those who are known are let in."""
        self.names()
        self.clock.advance(REFETCH_S)
        self.auth.is_down = True
        self.assertEqual(self.refusal(self.stranger(1)), "AuthServiceError")
        self.assertEqual(len(self.names()), 1)


class FailureTests(Case):
    """Supabase does not answer."""

    def test_from_the_start(self) -> None:
        """Nobody can be told; asked again in time, and good as soon as it answers."""
        self.auth.is_down = True
        self.assertEqual(self.refusal(), "AuthServiceError")
        self.assertEqual(self.keyring.problems(), [NO_KEYS])
        self.auth.is_down = False
        self.assertEqual(self.refusal(), "AuthServiceError")
        self.assertEqual(self.fetches, 0)
        self.clock.advance(RETRY_S)
        self.assertEqual(len(self.names()), 1)
        self.assertEqual(self.keyring.problems(), [])

    def test_later(self) -> None:
        """Known keys are used until they are ten minutes old, and not longer."""
        self.names()
        self.auth.is_down = True
        self.clock.advance(KEPT_S - 1)
        self.assertEqual(len(self.names()), 1)
        self.assertEqual(self.keyring.problems(), [])
        self.clock.advance(1)
        self.assertEqual(self.refusal(), "AuthServiceError")
        self.assertEqual(self.keyring.problems(), [NO_KEYS])

    def test_the_readiness_check_asks_again(self) -> None:
        """While nobody comes because of it, nobody else would."""
        self.auth.is_down = True
        self.keyring.start()
        self.assertEqual(self.keyring.problems(), [NO_KEYS])
        self.auth.is_down = False
        self.clock.advance(RETRY_S)
        self.keyring.problems()
        self.assertEqual(self.keyring.problems(), [])
        self.assertEqual(self.fetches, 1)

    def test_nothing_is_wrong_before_it_is_known(self) -> None:
        """Nor while the first answer is waited for."""
        self.assertEqual(self.keyring.problems(), [])
        self.auth.is_silent = True
        self.keyring.start()
        self.assertEqual(self.keyring.problems(), [])

    def test_no_key_set(self) -> None:
        """An error of a proxy is no empty key set."""
        for failure in ((500, {"message": "oops"}), (200, {"message": "hello"}), (404, None), (200, [])):
            self.auth.failure = failure
            self.clock.advance(RETRY_S)
            self.assertEqual(self.refusal(), "AuthServiceError")
            self.assertFalse(self.keyring.has_none)

    def test_what_is_logged(self) -> None:
        """The kind of failure."""
        self.auth.is_down = True
        self.refusal()
        self.assertIn("ConnectionRefusedError", [event.get("name") for event in self.said])


class PublishedTests(Case):
    """What may not verify is not taken."""

    def test_a_published_secret(self) -> None:
        """Is none."""
        self.auth.failure = (200, {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "x", "alg": "HS256"}]})
        self.assertEqual(self.names(), [])


class SecretTests(Case):
    """The legacy secret needs nobody's answer."""

    algorithm = "HS256"
    secret = "a-secret-of-an-old-project-0123456789"

    def test_offline(self) -> None:
        """For tokens under it."""
        self.auth.is_down = True
        self.assertEqual(self.names(), [None])
        self.assertEqual(self.fetches, 0)
        self.assertFalse(self.keyring.has_none)


class NoKeysTests(Case):
    """A project that publishes none, and a secret that we are not told."""

    algorithm = "HS256"

    def test_none(self) -> None:
        """Is known once the empty key set has come."""
        self.assertFalse(self.keyring.has_none)
        self.assertEqual(self.names(), [])
        self.assertTrue(self.keyring.has_none)
        self.auth.rotate()
        self.clock.advance(REFETCH_S)
        self.names()
        self.assertFalse(self.keyring.has_none)
