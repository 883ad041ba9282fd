"""Tests of alie.cli.doctor.services: the engine that is chosen, and Supabase's keys and ours."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

from joserfc.jwk import ECKey
from twisted.trial.unittest import SynchronousTestCase

from alie.access_settings import AccessSettings
from alie.cli.config.reading import Given
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM
from alie.cli.doctor.place import place
from alie.cli.doctor.reaching import Answer
from alie.cli.doctor.services import engine, kind_of_key, signing_keys, supabase, taken
from tests.cli.doctor.answering import Answering

URL = "https://abcdefgh.supabase.co"
JWKS = "/auth/v1/.well-known/jwks.json"


def legacy_key(**claims: Any) -> str:
    """A key in the form of a JWT."""
    parts = ({"alg": "HS256"}, {"role": "anon", "ref": "abcdefgh", **claims})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join((*encoded, "signature"))


def key_set(count: int) -> bytes:
    """What a project publishes."""
    keys = [ECKey.generate_key("P-256", {"kid": str(number)}, private=False) for number in range(count)]
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


class KindOfKeyTests(SynchronousTestCase):
    """SUPABASE_ANON_KEY."""

    def test_good(self) -> None:
        """Of the new kind and the old; a project of one's own has another host."""
        for key in ("sb_publishable_x", legacy_key(), legacy_key(exp=int(time.time()) + 3600)):
            self.assertEqual(kind_of_key(key, URL).state, OK)
        self.assertEqual(kind_of_key(legacy_key(ref="other"), "https://db.clinic.ca").state, OK)

    def test_bad(self) -> None:
        """Missing, of another project, expired, of another role, nothing that is known."""
        for key, part in (
            ("", "is not set"),
            (legacy_key(ref="other"), "another project"),
            (legacy_key(exp=1), "expired"),
            (legacy_key(role="authenticated"), "neither"),
            ("what.is.this", "neither"),
        ):
            found = kind_of_key(key, URL)
            self.assertEqual(found.state, PROBLEM)
            self.assertIn(part, found.detail)


class AnswerTests(SynchronousTestCase):
    """What the project says."""

    def test_signing_keys(self) -> None:
        """Some; none, and a secret; none at all; no answer to that question."""
        none = Answer(200, body=b'{"keys":[]}')
        self.assertEqual(
            signing_keys(Answer(200, body=key_set(2)), AccessSettings()).detail, "2 signing keys: ES256, ES256"
        )
        self.assertEqual(signing_keys(none, AccessSettings(jwt_secret="x" * 16)).state, OK)
        self.assertEqual(signing_keys(none, AccessSettings()).state, NOTE)
        self.assertEqual(signing_keys(Answer(404, body=b"<html>"), AccessSettings()).state, PROBLEM)

    def test_our_key(self) -> None:
        """Taken or not."""
        self.assertEqual([taken(Answer(status)).state for status in (200, 401, 403, 500)], [OK, PROBLEM, PROBLEM, NOTE])


class SupabaseTests(SynchronousTestCase):
    """The whole look, at a server on loopback."""

    def test_no_project(self) -> None:
        """Nothing is asked."""
        self.assertEqual([found.state for found in supabase(place(Given({"PORT": "0"})))], [NOT_LOOKED_AT])

    def test_a_project(self) -> None:
        """It is asked for its keys and its settings, with our key; its clock is compared with ours."""
        with Answering({JWKS: (200, key_set(1)), "/auth/v1/settings": (200, b"{}")}) as server:
            key = legacy_key()
            where = place(Given({"PORT": "0", "SUPABASE_URL": server.url, "SUPABASE_ANON_KEY": key}))
            found = list(supabase(where))
        self.assertEqual([one.state for one in found], [OK, OK, OK, OK])
        self.assertEqual([one.step for one in found][-1], "clock")
        self.assertEqual(
            [(path, headers["apikey"]) for path, headers in server.asked], [(JWKS, key), ("/auth/v1/settings", key)]
        )
        self.assertNotIn(key, repr(found))

    def test_nobody_there(self) -> None:
        """Is told."""
        with Answering({}) as server:
            url = server.url
        where = place(Given({"PORT": "0", "SUPABASE_URL": url, "SUPABASE_ANON_KEY": legacy_key()}))
        found = list(supabase(where))
        self.assertEqual([one.state for one in found], [OK, PROBLEM])
        self.assertIn("nothing listens", found[1].detail)


class EngineTests(SynchronousTestCase):
    """Which one listens."""

    def test_embedded(self) -> None:
        """Nothing goes to Amazon, so nothing is asked there."""
        found = list(engine(place(Given({"PORT": "0", "ALIE_ENGINE": "embedded"}))))
        self.assertEqual([(one.step, one.state) for one in found], [("engine", OK), ("aws", NOT_LOOKED_AT)])

    def test_amazon_with_a_profile_that_is_not_there(self) -> None:
        """Is told as a problem, without asking anybody."""
        self.patch(os, "environ", {"AWS_PROFILE": "nowhere", "PATH": os.environ["PATH"]})
        found = list(engine(place(Given({"PORT": "0", "ALIE_ENGINE": "amazon"}))))
        self.assertEqual([(one.step, one.state) for one in found], [("engine", OK), ("aws", PROBLEM)])
