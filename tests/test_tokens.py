"""Tests of alie.tokens, alie.token_form and alie.token_keys: a table of attacks, next to tokens that are good."""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey
from twisted.trial.unittest import SynchronousTestCase

from alie.errors import AlieError, AuthInvalid
from alie.principal import SUPABASE, Principal
from alie.token_form import read_form
from alie.token_keys import MAX_KEYS, published_keys, secret_key
from alie.tokens import Access, access_in, read_unproved, verify
from tests.support.supabase_keys import new_key, weak_rsa
from tests.tokens_attacks import TABLE
from tests.tokens_forge import CLINIC, ISSUER, NOW, SECRET, SESSION, USER, Forge, forge

ANNE = Principal(USER, SUPABASE, SESSION, CLINIC, "physician", "anne@clinic.test", int(NOW) + 3600.0)


class Case(SynchronousTestCase):
    """A project with a key of each algorithm and the legacy secret."""

    def setUp(self) -> None:
        self.forge = forge()

    def verify(self, token: str, now: float = NOW) -> Principal:
        """With all keys of the project."""
        return verify(token, self.forge.keys, now, issuer=ISSUER)

    def verdict(self, token: str) -> str:
        """The code of the error, or "good"."""
        try:
            self.verify(token)
        except AlieError as error:
            return error.code
        return "good"


class AttackTests(Case):
    """Every row is refused with the right code: expired only where nothing else is wrong."""

    def assert_refused(self, family: str) -> None:
        """Every row of one part of the table."""
        wrong = [
            (row.name, verdict) for row in TABLE[family] if (verdict := self.verdict(row.make(self.forge))) != row.code
        ]
        self.assertEqual(wrong, [])

    def test_algorithms(self) -> None:
        """What a token says of its algorithm selects a key, and decides nothing."""
        self.assert_refused("algorithms")

    def test_signatures(self) -> None:
        """By others, of others, or none at all."""
        self.assert_refused("signatures")

    def test_headers(self) -> None:
        """Nothing in a header is followed."""
        self.assert_refused("headers")

    def test_forms(self) -> None:
        """One form only."""
        self.assert_refused("forms")

    def test_times(self) -> None:
        """No time is believed that is none."""
        self.assert_refused("times")

    def test_claims(self) -> None:
        """Of another project, for others, of nobody."""
        self.assert_refused("claims")

    def test_other_proofs(self) -> None:
        """Whatever else looks like a token, the project's own keys first of all."""
        self.assert_refused("other proofs")

    def test_how_many(self) -> None:
        """No row is there twice."""
        names = [row.name for rows in TABLE.values() for row in rows]
        self.assertGreaterEqual(len(names), 70)
        self.assertEqual(len(set(names)), len(names))

    def test_nothing_is_quoted(self) -> None:
        """What an error says is the same for every token."""
        for rows in TABLE.values():
            for row in rows:
                with self.assertRaises(AlieError) as caught:
                    self.verify(row.make(self.forge))
                self.assertIn(str(caught.exception), ("Invalid token", "Token expired"), row.name)
                self.assertIsNone(caught.exception.__cause__, row.name)


GOOD: dict[str, Callable[[Forge], str]] = {
    "ES256": lambda f: f.good(f.es),
    "RS256": lambda f: f.good(f.rs),
    "EdDSA": lambda f: f.good(f.ed),
    "HS256": lambda f: f.good(f.legacy),
    "HS256 without kid": lambda f: f.headed(f.legacy, without=("kid",)),
    "no kid, where one key only can be meant": lambda f: f.headed(without=("kid",)),
    "no typ": lambda f: f.headed(without=("typ",)),
    "aud is a list": lambda f: f.good(aud=["authenticated"]),
    "aud is a list with others": lambda f: f.good(aud=["https://api.example", "authenticated"]),
    "no is_anonymous": lambda f: f.good(without=("is_anonymous",)),
    "claims that a hook dropped": lambda f: f.good(without=("phone", "amr", "aal", "user_metadata")),
    "claims that a hook added": lambda f: f.good(validate_iss="x", plan="pro", nonce=1, options=None),
    "clocks that differ": lambda f: f.good(iat=int(NOW) + 29, nbf=int(NOW) + 29),
    "letters of any language": lambda f: f.good(user_metadata={"name": "Zoë 李"}),
    "sub in capitals": lambda f: f.good(sub=USER.upper()),
    "as long as may be": lambda f: f.good(user_metadata={"x": "x" * 10_000}),
}


class GoodTests(Case):
    """What Supabase writes is taken: the table of attacks could fail."""

    def test_good(self) -> None:
        """Each is Anne."""
        for name, make in GOOD.items():
            self.assertEqual(self.verdict(make(self.forge)), "good", name)
            self.assertEqual(self.verify(make(self.forge)), ANNE, name)

    def test_until_the_last_second(self) -> None:
        """And not longer."""
        token = self.forge.good(exp=int(NOW) + 60)
        self.assertEqual(self.verify(token, NOW + 59).expires_at, int(NOW) + 60)
        self.assertEqual(self.failureOf(token, NOW + 60), "AUTH_EXPIRED")

    def failureOf(self, token: str, now: float) -> str:
        """The code."""
        with self.assertRaises(AlieError) as caught:
            self.verify(token, now)
        return caught.exception.code

    def test_fast(self) -> None:
        """The reactor waits less than 10 ms for the slowest kind."""
        for key in (self.forge.es, self.forge.rs, self.forge.ed, self.forge.legacy):
            token, began = self.forge.good(key), time.perf_counter()
            for _ in range(20):
                self.verify(token)
            self.assertLess((time.perf_counter() - began) / 20, 0.010, key.algorithm)

    def test_nothing_secret_is_shown(self) -> None:
        """Neither e-mail nor token nor key."""
        token = self.forge.good()
        shown = repr((self.verify(token), read_form(token), self.forge.keys))
        for secret in ("anne@", token, token.split(".")[1], SECRET):
            self.assertNotIn(secret, shown)

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_any_change(self, data: st.DataObject) -> None:
        """A good token with any letter changed is none."""
        token = forge().good(forge().ed)
        place = data.draw(st.integers(0, len(token) - 1))
        letter = data.draw(st.sampled_from("ABCxyz019-_.=+/ \n").filter(lambda found: found != token[place]))
        with self.assertRaises(AuthInvalid):
            verify(token[:place] + letter + token[place + 1 :], forge().keys, NOW, issuer=ISSUER)

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=200))
    def test_any_text(self, text: str) -> None:
        """Is refused, whatever it is."""
        with self.assertRaises(AuthInvalid):
            verify(text, forge().keys, NOW, issuer=ISSUER)


class SecondFactorTests(Case):
    """Where a second factor is demanded (`ALIE_REQUIRE_MFA`)."""

    def demand(self, **claims: object) -> str:
        """The verdict on a token that is good otherwise."""
        token = self.forge.good(**claims)
        try:
            verify(token, self.forge.keys, NOW, issuer=ISSUER, needs_second_factor=True)
            read_unproved(token, NOW, issuer=ISSUER, needs_second_factor=True)
        except AuthInvalid as error:
            return error.code
        return "good"

    def test_shown(self) -> None:
        """And where none is demanded, one is enough."""
        self.assertEqual(self.demand(aal="aal2"), "good")
        self.assertEqual(self.verdict(self.forge.good(aal="aal1")), "good")

    def test_not_shown(self) -> None:
        """One factor, none told, or something else."""
        for aal in ("aal1", "", "AAL2", "aal3", None, 2, ["aal2"], True):
            self.assertEqual(self.demand(aal=aal), "AUTH_INVALID", aal)
        self.assertEqual(self.demand(without=("aal",)), "AUTH_INVALID")


class AccessTests(Case):
    """Clinic and role are what administrators wrote."""

    def access(self, **changes: Any) -> tuple[str | None, str | None]:
        """Of a token with other claims."""
        principal = self.verify(self.forge.good(**changes))
        return principal.clinic_id, principal.role

    def test_users_own_words(self) -> None:
        """user_metadata, and claims at the top, say nothing."""
        words = {"role": "owner", "clinic_id": CLINIC, "clinic_role": "owner"}
        self.assertEqual(
            self.access(app_metadata={}, user_metadata=words, clinic_id=CLINIC, clinic_role="owner"), (None, None)
        )
        self.assertEqual(self.access(user_metadata={"role": "owner", "clinic_id": USER}), (CLINIC, "physician"))

    def test_every_role(self) -> None:
        """The five there are."""
        for role in ("owner", "admin", "physician", "staff", "it_support"):
            self.assertEqual(self.access(app_metadata={"role": role, "clinic_id": CLINIC}), (CLINIC, role))

    def test_what_is_not_understood(self) -> None:
        """Says nothing, and refuses nobody."""
        for role in ("doctor", "Owner", "service_role", "", 1, None, ["owner"], {"owner": 1}, True):
            self.assertEqual(access_in({"role": role}), Access())
        for clinic_id in ("the clinic", "", 1, None, [CLINIC], CLINIC + "\n", "*"):
            self.assertEqual(access_in({"clinic_id": clinic_id}), Access())
        for app_metadata in (None, [], "owner", 1):
            self.assertEqual(access_in(app_metadata), Access())
        self.assertEqual(self.access(app_metadata=None), (None, None))
        self.assertEqual(self.access(without=("app_metadata",)), (None, None))

    def test_email(self) -> None:
        """Is what the token says, or nothing; it is nobody's name."""
        self.assertEqual(self.verify(self.forge.good(email="new@clinic.test")).user_id, USER)
        for email in ("", None, 1, ["a@b"]):
            self.assertIsNone(self.verify(self.forge.good(email=email)).email)


SIGNED_ONLY = (
    "past, and by another key",
    "cut in the middle",
    "garbage after it",
)
"""Rows in which nothing is wrong but the signature."""


class UnprovedTests(Case):
    """A token that somebody else must vouch for is held to the same claims."""

    def test_claims(self) -> None:
        """All but the signature."""
        self.assertEqual(read_unproved(self.forge.hmac(b"any"), NOW, issuer=ISSUER), ANNE)
        for family in ("times", "claims", "forms"):
            for row in TABLE[family]:
                if row.name in SIGNED_ONLY:
                    continue
                with self.assertRaises(AlieError) as caught:
                    read_unproved(row.make(self.forge), NOW, issuer=ISSUER)
                self.assertEqual(caught.exception.code, row.code, row.name)


class KeySetTests(Case):
    """Only keys that may verify are taken from a key set."""

    def algorithms(self, *members: Any) -> list[str]:
        """Of the keys taken."""
        return [key.algorithm for key in published_keys({"keys": list(members)}) or ()]

    def test_bound(self) -> None:
        """Each kind to its algorithm, also where the set does not say it."""
        bare = [
            {name: value for name, value in key.published.items() if name not in ("alg", "use", "key_ops")}
            for key in (self.forge.es, self.forge.rs, self.forge.ed)
        ]
        self.assertEqual(self.algorithms(*bare), ["ES256", "RS256", "EdDSA"])

    def test_not_taken(self) -> None:
        """Secrets, private keys, weak ones, others' purposes, other curves, and what is no key."""
        es, rs = self.forge.es, self.forge.rs
        for name, member in {
            "a secret": {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "x"},
            "a private key": {**es.published, **es.key.as_dict(private=True)},
            "a weak key": weak_rsa().as_dict(private=False),
            "another curve": ECKey.generate_key("P-384").as_dict(private=False),
            "for encryption": {**rs.published, "use": "enc"},
            "for signing only": {**es.published, "key_ops": ["sign"]},
            "another algorithm": {**rs.published, "alg": "PS256"},
            "an HMAC of a public key": {**rs.published, "alg": "HS256"},
            "half a key": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
            "a point that is on no curve": {**es.published, "y": es.published["x"]},
            "numbers": {"kty": "RSA", "n": 5, "e": 3},
            "a text": "key",
            "nothing": None,
            "a list for a kind": {"kty": ["EC"], "crv": "P-256"},
            "no operations": {**es.published, "key_ops": None},
        }.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # joserfc's, about the weak one
                self.assertEqual(self.algorithms(member), [], name)
                self.assertEqual(self.algorithms(member, es.published), ["ES256"], name)

    def test_no_key_set(self) -> None:
        """Is another thing than an empty one."""
        for nothing in (None, [], "keys", {"keys": None}, {"keys": {}}, {}):
            self.assertIsNone(published_keys(nothing))
        self.assertEqual(published_keys({"keys": []}), ())

    def test_bounded(self) -> None:
        """However long a set may be."""
        self.assertEqual(len(self.algorithms(*[self.forge.es.published] * (MAX_KEYS + 1))), MAX_KEYS)

    def test_two_that_could_be_meant(self) -> None:
        """None of them is tried."""
        second = new_key("ES256")
        keys = published_keys({"keys": [self.forge.es.published, second.published]}) or ()
        nameless = self.forge.headed(without=("kid",))
        with self.assertRaises(AuthInvalid):
            verify(nameless, keys, NOW, issuer=ISSUER)
        self.assertEqual(verify(self.forge.good(), keys, NOW, issuer=ISSUER), ANNE)
        twins = copy.deepcopy(second.published) | {"kid": self.forge.es.key_id}
        keys = published_keys({"keys": [self.forge.es.published, twins]}) or ()
        with self.assertRaises(AuthInvalid):
            verify(self.forge.good(), keys, NOW, issuer=ISSUER)

    def test_without_the_secret(self) -> None:
        """No HMAC is good; without published keys nothing else is."""
        with self.assertRaises(AuthInvalid):
            verify(self.forge.good(self.forge.legacy), self.forge.keys[:-1], NOW, issuer=ISSUER)
        for key in (self.forge.es, self.forge.rs, self.forge.ed):
            with self.assertRaises(AuthInvalid):
                verify(self.forge.good(key), [secret_key(SECRET)], NOW, issuer=ISSUER)
        with self.assertRaises(AuthInvalid):
            verify(self.forge.good(), [], NOW, issuer=ISSUER)

    def test_a_secret_that_is_none(self) -> None:
        """Everybody knows a public key: it must not become a secret by a slip in the configuration."""
        for text in ("", self.forge.rs.key.as_pem(private=False).decode()):
            with self.assertRaises(ValueError):
                secret_key(text)
