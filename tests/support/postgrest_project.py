"""A Supabase project of a test's own: a database, the stand-in before it, and users' tokens."""

from __future__ import annotations

import time
from typing import Any
from unittest import TestCase

from joserfc import jwt
from joserfc.jwk import OctKey
from twisted.internet import reactor
from twisted.trial.unittest import TestCase as TrialCase

from tests.support.postgres import ALIE, Database, Postgres
from tests.support.postgrest import PostgrestStandIn
from tests.support.postgrest_tokens import Doorkeeper

SECRET = "a secret of the project, long enough for HS256"
LIFE_S = 3600


def sign(secret: str = SECRET, **claims: Any) -> str:
    """A token as old projects sign them."""
    return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(secret))


ANON_KEY = sign(role="anon", iss="supabase")


def token_of(user_id: str, **claims: Any) -> str:
    """A signed-in user's access token, good for an hour; `claims` are others, or others' values."""
    now = int(time.time())
    usual = {"sub": user_id, "role": "authenticated", "aud": "authenticated", "iat": now, "exp": now + LIFE_S}
    return sign(**{**usual, **claims})


class Project:
    """A project; it ends with the test.

    Args:
        case: the test.
        template: what its database starts from, see tests/support/postgres.py.

    Attributes:
        database: to look behind the stand-in.
        url: of the project.
    """

    def __init__(self, case: TrialCase | TestCase, template: str = ALIE) -> None:
        self.database: Database = Postgres.database(case, template)
        doorkeeper = Doorkeeper(OctKey.import_key(SECRET), (ANON_KEY,))
        self.stand_in = PostgrestStandIn(reactor, self.database.authenticator, doorkeeper)
        self.stand_in.start()
        case.addCleanup(self.stand_in.stop)
        self.url = self.stand_in.url
