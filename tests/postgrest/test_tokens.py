"""Which tokens and keys the stand-in takes, as the gateway and PostgREST do."""

from __future__ import annotations

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from twisted.trial.unittest import SynchronousTestCase

from tests.support.postgrest_errors import Refused
from tests.support.postgrest_tokens import SKEW_S, Doorkeeper

NOW = 1_800_000_000
KEY = "sb_publishable_of_the_project"


class KeySets(SynchronousTestCase):
    """A project with asymmetric keys believes each of its set, and no other."""

    def setUp(self) -> None:
        """A project with two keys."""
        self.keys = [ECKey.generate_key("P-256", {"kid": name, "alg": "ES256"}) for name in ("old", "new")]
        self.doorkeeper = Doorkeeper(lambda: KeySet(list(self.keys)), (KEY,), lambda: NOW)

    def claims(self, key: ECKey, **claims: object) -> dict[str, object]:
        """What is made of a token."""
        token = jwt.encode({"alg": "ES256", "kid": key.kid}, {"role": "authenticated", **claims}, key)
        return self.doorkeeper.claims({"apikey": KEY, "authorization": f"Bearer {token}"})

    def refused(self, headers: dict[str, str]) -> tuple[int, str | None]:
        """Status and code."""
        error = self.assertRaises(Refused, self.doorkeeper.claims, headers)
        return error.status, error.body.get("code")

    def test_each(self) -> None:
        for key in self.keys:
            self.assertEqual(self.claims(key, sub="anna"), {"role": "authenticated", "sub": "anna"})

    def test_others(self) -> None:
        for key in (ECKey.generate_key("P-256", {"kid": "new"}), ECKey.generate_key("P-256", {"kid": "unknown"})):
            self.assertEqual(self.assertRaises(Refused, self.claims, key).body["code"], "PGRST301")
        token = jwt.encode({"alg": "HS256", "kid": "new"}, {"role": "authenticated"}, OctKey.import_key("x" * 32))
        self.assertEqual(self.refused({"apikey": KEY, "authorization": f"Bearer {token}"}), (401, "PGRST301"))

    def test_time(self) -> None:
        """Half a minute of skew is allowed."""
        self.claims(self.keys[0], exp=NOW - SKEW_S, nbf=NOW + SKEW_S)
        for claims in ({"exp": NOW - SKEW_S - 1}, {"nbf": NOW + SKEW_S + 1}):
            error = self.assertRaises(Refused, self.claims, self.keys[0], **claims)
            self.assertEqual((error.status, error.body["code"]), (401, "PGRST303"))

    def test_without_token(self) -> None:
        """The project's key alone is nobody, also where it is shown as the token."""
        for headers in ({}, {"authorization": f"Bearer {KEY}"}, {"authorization": "Basic abc"}):
            self.assertEqual(self.doorkeeper.claims({"apikey": KEY, **headers}), {"role": "anon"})
        self.assertEqual(self.refused({"apikey": KEY, "authorization": "Bearer "}), (401, "PGRST301"))
        self.assertEqual(self.refused({}), (401, None))
        self.assertEqual(self.refused({"apikey": "other"}), (401, None))
