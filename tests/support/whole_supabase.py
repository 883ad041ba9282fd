"""A whole Supabase project as pages and daemons meet it: Auth and database at one address, users who sign in there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from twisted.internet import reactor
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from tests.support.node import NODE, TRANSCRIBE, environment
from tests.support.postgres import ALIE
from tests.support.postgrest_project import Project
from tests.support.relay import Relay
from tests.support.supabase_auth import SupabaseAuth

SIGN_IN = TRANSCRIBE.with_name("sign_in.cjs")
PASSWORD = "a long password"


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the project.

    Attributes:
        user_id: uuid.
        email: to sign in with.
        clinic_id: where the user works, as the database has it; None: nowhere.
    """

    user_id: str
    email: str
    clinic_id: str | None


class WholeSupabase:
    """One project; it ends with the test.

    Args:
        case: the test.
        algorithm: see `SupabaseAuth`.
        template: what its database starts from, see tests/support/postgres.py.

    Attributes:
        auth: its accounts, sessions and keys.
        database: to look behind it all.
        relay: the way to it, which can be cut.
        url: of the project.
    """

    def __init__(self, case: TestCase, algorithm: str = "ES256", template: str = ALIE) -> None:
        self.auth = SupabaseAuth(algorithm)
        project = Project(case, template, self.auth)
        self.database = project.database
        self.relay = Relay(case, project.url)
        self.auth.url = self.url = self.relay.url

    @property
    def settings(self) -> dict[str, str]:
        """All that a daemon is told of it."""
        return {"SUPABASE_URL": self.url, "SUPABASE_ANON_KEY": self.auth.anon_key}

    def clinic(self, name: str) -> str:
        """A new clinic; its id."""
        clinic_id = str(uuid4())
        self.database.run("insert into clinics (id, name) values (%s, %s)", clinic_id, name)
        return clinic_id

    def add(self, name: str, clinic_id: str | None = None, role: str = "physician", **app_metadata: Any) -> Person:
        """Somebody signs up, and is enrolled in a clinic by whoever runs the project."""
        email = f"{name}@clinic.test"
        user_id = self.auth.add(email, PASSWORD, **app_metadata)
        self.database.add_user(user_id, email)
        if clinic_id is not None:
            enrol = "insert into memberships (user_id, clinic_id, role) values (%s, %s, %s)"
            self.database.run(enrol, user_id, clinic_id, role)
        return Person(user_id, email, clinic_id)

    def token(self, person: Person, **claims: Any) -> str:
        """An access token, as if the person had signed in."""
        return self.auth.token(person.user_id, **claims)

    async def sign_in(self, person: Person) -> str:
        """The access token that the vendor's client for JavaScript gets when the person signs in."""
        command = (str(NODE), [str(SIGN_IN), self.url, self.auth.anon_key])
        credentials = json.dumps({"email": person.email, "password": PASSWORD}).encode()
        out, err, code = await getProcessOutputAndValue(
            *command, env=environment(), reactor=reactor, stdinBytes=credentials
        )
        if code != 0:
            raise AssertionError(err.decode())
        return out.decode()
