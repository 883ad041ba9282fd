"""A Supabase project of a test's own: a database, the stand-in before it, and users' tokens."""

from __future__ import annotations

import time
from typing import Any
from unittest import TestCase

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey
from twisted.internet import reactor
from twisted.trial.unittest import TestCase as TrialCase

from tests.support.postgres import ALIE, Database, Postgres
from tests.support.postgrest import PostgrestStandIn
from tests.support.postgrest_tokens import Doorkeeper, Keys
from tests.support.supabase_auth import SupabaseAuth

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
        auth: a stand-in for Supabase Auth, to be served at the same address, whose tokens are believed; None: tokens
            are those of `token_of`. Its users are to be added to the database as well.

    Attributes:
        database: to look behind the stand-in.
        url: of the project.
    """

    def __init__(self, case: TrialCase | TestCase, template: str = ALIE, auth: SupabaseAuth | None = None) -> None:
        self.database: Database = Postgres.database(case, template)
        if auth is None:
            doorkeeper = Doorkeeper(lambda: OctKey.import_key(SECRET), (ANON_KEY,))
        else:
            doorkeeper = Doorkeeper(lambda: _keys_of(auth), (auth.anon_key,))
        dsn = self.database.authenticator
        self.stand_in = PostgrestStandIn(reactor, dsn, doorkeeper, auth.root if auth is not None else None)
        self.stand_in.start()
        case.addCleanup(self.stand_in.stop)
        self.url = self.stand_in.url
        if auth is not None:
            auth.url = self.url


def _keys_of(auth: SupabaseAuth) -> Keys:
    published: Any = auth.key_set()
    return KeySet.import_key_set(published) if published["keys"] else OctKey.import_key(auth.jwt_secret)
