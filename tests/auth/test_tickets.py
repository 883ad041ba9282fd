"""Tests of alie.auth.tickets: the cookie that a browser brings along by itself."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey
from joserfc.util import urlsafe_b64decode
from twisted.trial.unittest import SynchronousTestCase

from alie.auth.signing import derived_key
from alie.auth.tickets import COOKIE, KEY_LIFE_S, MAX_TRIED, TYPE, SignedTickets
from alie.auth.ws_tokens import WsTokenBook
from alie.errors import AuthExpired, AuthInvalid, AuthRequired
from alie.principal import KEY, LOCAL_CALLER, ORIGIN, SUPABASE, Caller, Principal

SECRET = b"a secret of the operator"
NOW = 1_800_000_000.5
USER, CLINIC = "7f1d9f0c-0000-4000-8000-00000000000a", "7f1d9f0c-0000-4000-8000-00000000000c"
DOCTOR = Principal(USER, SUPABASE, "the session", CLINIC, "physician", "dr@clinic.test", NOW + 3600)


class TicketCase(SynchronousTestCase):
    """Tickets at a time that the test sets."""

    def setUp(self) -> None:
        self.now = NOW
        self.tickets = SignedTickets(SECRET, lambda: self.now)

    def issue(self, principal: Principal = DOCTOR) -> str:
        """The cookie, as a browser sends it back."""
        return self.set_cookie(principal).partition(";")[0]

    def set_cookie(self, principal: Principal = DOCTOR) -> str:
        """The whole header."""
        header = self.tickets.issue(Caller(principal, "the access token"))
        assert header is not None
        return header


class IssueTests(TicketCase):
    """What a browser is given."""

    def test_attributes(self) -> None:
        """Sent across sites, only over TLS, only to this very host, out of reach of scripts, kept apart by site."""
        name_and_value, *attributes = self.set_cookie().split("; ")
        expected = ["Path=/", "Max-Age=3600", "HttpOnly", "Secure", "SameSite=None", "Partitioned"]
        self.assertEqual(attributes, expected)
        self.assertTrue(name_and_value.startswith("__Host-"))
        self.assertLess(len(name_and_value), 1000)

    def test_of_an_access_key(self) -> None:
        """A key does not expire; its ticket does, within the day."""
        self.assertIn("Max-Age=43200;", self.set_cookie(Principal(USER, KEY, "the key")))

    def test_nothing_proved(self) -> None:
        """Who has proved nothing is given nothing, nor is one whose proof is over."""
        self.assertIsNone(self.tickets.issue(LOCAL_CALLER))
        self.assertIsNone(self.tickets.issue(Caller(Principal(USER, ORIGIN))))
        self.assertIsNone(self.tickets.issue(Caller(replace(DOCTOR, expires_at=NOW))))

    def test_says_nothing(self) -> None:
        """Neither ids nor token can be read in it, and no two are the same."""
        first, second = self.issue(), self.issue()
        self.assertNotEqual(first, second)
        header, *hidden = first.partition("=")[2].split(".")
        self.assertEqual(json.loads(urlsafe_b64decode(header.encode())), {"alg": "dir", "enc": "A256GCM", "typ": TYPE})
        self.assertEqual([len(part) > 0 for part in hidden], [False, True, True, True])  # no key in it, and no claims
        self.assertNotIn(USER, urlsafe_b64decode(hidden[2].encode()).decode("latin-1"))


class RedeemTests(TicketCase):
    """What a ticket proves."""

    def test_bearer(self) -> None:
        """The same user with the same grant, but for the e-mail and the access token."""
        caller = self.tickets.redeem(self.issue())
        self.assertEqual(caller, Caller(replace(DOCTOR, email=None, expires_at=float(int(NOW) + 3600))))

    def test_of_an_access_key(self) -> None:
        """Without clinic or role, where there is none."""
        principal = Principal(USER, KEY, "the key")
        caller = self.tickets.redeem(self.issue(principal))
        self.assertEqual(caller, Caller(replace(principal, expires_at=float(int(NOW) + KEY_LIFE_S))))

    def test_life(self) -> None:
        """As long as the access token that earned it, and no second longer."""
        ticket = self.issue()
        self.now = NOW + 3599
        self.tickets.redeem(ticket)
        self.now = NOW + 3600
        self.assertRaises(AuthExpired, self.tickets.redeem, ticket)

    def test_other_daemon(self) -> None:
        """With the same secret it is good; with another it is not."""
        ticket = self.issue()
        self.assertEqual(SignedTickets(SECRET, lambda: NOW).redeem(ticket).principal.user_id, USER)
        self.assertRaises(AuthInvalid, SignedTickets(b"another secret", lambda: NOW).redeem, ticket)

    def test_none(self) -> None:
        """Other cookies are no ticket."""
        for header in ("", ";", "session=1", f"{COOKIE}2=x; x{COOKIE}=y", f"session={COOKIE}", "=" * 100):
            self.assertRaises(AuthRequired, self.tickets.redeem, header)

    def test_among_others(self) -> None:
        """Wherever it stands, quoted or not, with rubbish and older tickets beside it."""
        ticket = self.issue()
        name, _, value = ticket.partition("=")
        for header in (
            f"a=1; {ticket}",
            f"{ticket};b",
            f'a; =;; {name} = "{value}" ;c=é',
            f"{COOKIE}=rubbish; {ticket}",
            f"{ticket}; {COOKIE}=",
        ):
            self.assertEqual(self.tickets.redeem(header).principal.user_id, USER, header)

    def test_too_many(self) -> None:
        """A header full of tickets costs no more than a few."""
        self.assertRaises(AuthInvalid, self.tickets.redeem, f"{COOKIE}=x; " * MAX_TRIED + self.issue())

    def test_expired_tells_more(self) -> None:
        """Of several bad ones, the one that was good once says why."""
        ticket = self.issue()
        self.now += 3600
        self.assertRaises(AuthExpired, self.tickets.redeem, f"{COOKIE}=x; {ticket}; {COOKIE}=y")


class ForgedTests(TicketCase):
    """What is no ticket of ours."""

    def forge(self, header: dict[str, str] | None = None, label: str = TYPE, **claims: object) -> str:
        """A cookie that somebody with the secret itself could have made; a claim that is None is left out."""
        own = {"alg": "dir", "enc": "A256GCM", "typ": TYPE, **(header or {})}
        all_claims = {"aud": "alie-socket", "sub": USER, "exp": int(NOW) + 60, "way": KEY, "grant": "", **claims}
        payload = {name: value for name, value in all_claims.items() if value is not None}
        key = OctKey.import_key(derived_key(SECRET, label))
        return f"{COOKIE}={jwt.encode(own, payload, key, registry=JWERegistry(algorithms=['dir', 'A256GCM']))}"

    def test_the_forger_can(self) -> None:
        """What the tests below change is all that is wrong with theirs."""
        self.assertEqual(self.tickets.redeem(self.forge()).principal.user_id, USER)

    def test_wrong_inside(self) -> None:
        """Another kind, another purpose, or a claim that we do not write."""
        for forged in (
            self.forge({"typ": "JWT"}),
            self.forge(label="ws token"),
            self.forge(aud="authenticated"),
            self.forge(aud=None),
            self.forge(sub=None),
            self.forge(sub=7),
            self.forge(exp=None),
            self.forge(exp="never"),
            self.forge(way=None),
            self.forge(way="origin"),
            self.forge(grant=7),
            self.forge(clinicId=7),
            self.forge(role=["owner"]),
        ):
            self.assertRaises(AuthInvalid, self.tickets.redeem, forged)

    def test_other_tokens(self) -> None:
        """Neither a ws token nor a token signed or not signed at all is a ticket."""
        ws_token = WsTokenBook(SECRET, lambda: NOW).issue(Caller(DOCTOR))
        key = OctKey.import_key(derived_key(SECRET, TYPE))
        claims = {"aud": "alie-socket", "sub": USER, "exp": int(NOW) + 60, "way": KEY, "grant": ""}
        signed = jwt.encode({"alg": "HS256", "typ": TYPE}, claims, key)
        unsigned = signed.rpartition(".")[0] + "."
        for token in (ws_token, signed, unsigned, "e30.e30.", "....", "a.b.c.d.e", "é.é.é.é.é"):
            self.assertRaises(AuthInvalid, self.tickets.redeem, f"{COOKIE}={token}")

    def test_every_bit_counts(self) -> None:
        """A ticket with a character changed is none."""
        name, _, value = self.issue().partition("=")
        for at, char in enumerate(value):
            # The last of a part may hold bits that mean nothing (RFC 4648, section 3.5): the same ticket then.
            if char != "." and value[at + 1 : at + 2] not in (".", ""):
                forged = f"{name}={value[:at]}{'B' if char == 'A' else 'A'}{value[at + 1 :]}"
                self.assertRaises(AuthInvalid, self.tickets.redeem, forged)

    @given(st.text(max_size=200))
    @settings(max_examples=100, deadline=None)
    def test_rubbish(self, text: str) -> None:
        """No text whatever is more than refused."""
        self.setUp()
        for header in (text, f"{COOKIE}={text}", f"{COOKIE}=eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0.{text}"):
            self.assertRaises((AuthInvalid, AuthRequired), self.tickets.redeem, header)
