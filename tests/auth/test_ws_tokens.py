"""Tests of alie.auth.ws_tokens: tokens for one socket."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey
from twisted.trial.unittest import SynchronousTestCase

from alie.auth.ws_tokens import CLAIMED, LIFE_S, SKEW_S, TYPE, WsTokenBook, is_ws_token
from alie.errors import AuthExpired, AuthInvalid, AuthServiceError, RateLimited
from alie.principal import KEY, LOCAL_CALLER, SUPABASE, Caller, Principal

SECRET = b"a secret of the operator"
NOW = 1_800_000_000.5
USER, CLINIC = "7f1d9f0c-0000-4000-8000-00000000000a", "7f1d9f0c-0000-4000-8000-00000000000c"
DOCTOR = Principal(USER, SUPABASE, "the session", CLINIC, "physician", "dr@clinic.test", float(int(NOW) + 3600))


class BookCase(SynchronousTestCase):
    """A book at a time that the test sets."""

    def setUp(self) -> None:
        self.now = NOW
        self.book = self.another()

    def another(self, secret: bytes = SECRET, capacity: int = 3) -> WsTokenBook:
        """One more book, as another daemon would have it."""
        return WsTokenBook(secret, lambda: self.now, capacity)

    def issue(self, principal: Principal = DOCTOR) -> str:
        """A token."""
        return self.book.issue(Caller(principal, "the access token"))


class IssueTests(BookCase):
    """What a client is given."""

    def test_claims(self) -> None:
        """Those of the contract, readable with the operator's secret by any library; no access token, no e-mail."""
        token = jwt.decode(self.issue(), OctKey.import_key(SECRET), algorithms=["HS256"])
        claims = token.claims
        contract = {name: claims[name] for name in ("userId", "userEmail", "type", "iat", "exp")}
        expected = {"userId": USER, "userEmail": "", "type": "ws_token", "iat": int(NOW)}
        self.assertEqual(contract, {**expected, "exp": int(NOW) + 60})
        self.assertNotIn("the access token", str(claims))
        self.assertNotIn("@", str(claims))

    def test_nothing_proved(self) -> None:
        """Who has proved nothing has nothing to pass on."""
        self.assertRaises(ValueError, self.book.issue, LOCAL_CALLER)

    def test_recognised(self) -> None:
        """By what it claims to be, which other tokens do not."""
        self.assertTrue(is_ws_token(self.issue()))
        others = [jwt.encode({"alg": "HS256", "typ": "JWT"}, {"type": CLAIMED}, OctKey.import_key(SECRET))]
        others += [
            "",
            "alie_key",
            "..",
            "é.x",
            "W10.e30.x",
            "e30.e30.x",
            "eyJ0eXAiOjd9.e30.x",
            self.issue() + "x" * 9000,
        ]
        for token in others:
            self.assertFalse(is_ws_token(token), token[:40])


class RedeemTests(BookCase):
    """What one proves."""

    def test_bearer(self) -> None:
        """The same user with the same grant, for as long as the access token; neither that nor the e-mail is in it."""
        self.assertEqual(self.book.redeem(self.issue()), Caller(replace(DOCTOR, email=None)))

    def test_of_an_access_key(self) -> None:
        """No e-mail, no end, and nothing else that it has not."""
        principal = Principal(USER, KEY, "the key")
        self.assertEqual(self.book.redeem(self.issue(principal)), Caller(principal))

    def test_once(self) -> None:
        """Never again, however it is written."""
        token = self.issue()
        self.book.redeem(token)
        self.assertRaises(AuthInvalid, self.book.redeem, token)
        self.assertRaises(AuthInvalid, self.book.redeem, token + "=")

    def test_life(self) -> None:
        """60 s, used or not."""
        used, unused = self.issue(), self.issue()
        self.now = int(NOW) + LIFE_S - 0.1
        self.book.redeem(used)
        self.now = int(NOW) + LIFE_S
        self.assertRaises(AuthExpired, self.book.redeem, used)
        self.assertRaises(AuthExpired, self.book.redeem, unused)

    def test_no_longer_than_the_access_token(self) -> None:
        """Which may end within the minute: what it earned lets nobody in after it."""
        used, unused = (self.issue(replace(DOCTOR, expires_at=float(int(NOW) + 5))) for _ in range(2))
        self.now = int(NOW) + 4.9
        self.book.redeem(used)
        self.now = int(NOW) + 5
        self.assertRaises(AuthExpired, self.book.redeem, unused)

    def test_other_daemon(self) -> None:
        """With the same secret it is good there, once, with clocks somewhat apart; with another secret it is not."""
        token = self.issue()
        self.now -= SKEW_S
        daemon = self.another()
        daemon.redeem(token)
        self.assertRaises(AuthInvalid, daemon.redeem, token)
        self.assertRaises(AuthInvalid, self.another(b"another secret").redeem, token)


class MemoryTests(BookCase):
    """Used tokens are remembered as long as they would be good, in bounded memory."""

    def test_full(self) -> None:
        """Rather than forget one, none is issued and none taken; later there is room again."""
        *used, unused = [self.issue() for _ in range(4)]
        for token in used:
            self.book.redeem(token)
        refused = self.assertRaises(RateLimited, self.issue)
        self.assertEqual(refused.retry_after_s, 60)
        self.assertRaises(AuthServiceError, self.book.redeem, unused)
        self.now += LIFE_S + SKEW_S
        self.book.redeem(self.issue())

    def test_remembered_while_good(self) -> None:
        """Also one of a daemon whose clock is ahead, which is good for longer."""
        self.now += SKEW_S
        ahead = self.another().issue(Caller(DOCTOR))
        self.now = NOW
        self.book.redeem(ahead)
        self.now = int(NOW) + SKEW_S + LIFE_S - 0.6
        self.assertRaises(AuthInvalid, self.book.redeem, ahead)

    def test_refused_ones_cost_nothing(self) -> None:
        """Only tokens that are good take room."""
        for _ in range(10):
            self.assertRaises(AuthInvalid, self.book.redeem, self.another(b"another secret").issue(Caller(DOCTOR)))
        self.book.redeem(self.issue())


class ForgedTests(BookCase):
    """What is no ws token of ours."""

    def forge(self, header: dict[str, str] | None = None, secret: bytes = SECRET, **claims: object) -> str:
        """A token that somebody with the secret could have made; a claim that is None is left out."""
        own = {"userId": USER, "userEmail": "", "type": CLAIMED, "iat": int(NOW), "exp": int(NOW) + 60, "jti": "j"}
        payload = {
            name: value for name, value in {**own, "way": KEY, "grant": "", **claims}.items() if value is not None
        }
        algorithms = ["HS256", "HS384"]
        return jwt.encode(
            {"alg": "HS256", "typ": TYPE, **(header or {})}, payload, OctKey.import_key(secret), algorithms
        )

    def test_the_forger_can(self) -> None:
        """What the test below changes is all that is wrong with theirs."""
        self.assertEqual(self.book.redeem(self.forge()).principal.user_id, USER)

    def test_wrong(self) -> None:
        """Another kind, algorithm or key, the former backend's own, or a claim that we do not write."""
        for forged in (
            self.forge({"typ": "JWT"}),
            self.forge({"alg": "HS384"}),
            "eyJhbGciOiJub25lIn0." + self.forge().split(".")[1] + ".",  # {"alg":"none"}
            self.forge(secret=b"another secret"),
            self.forge(type="access"),
            self.forge(type=None),
            self.forge(jti=None),
            self.forge(userId=None),
            self.forge(userId=7),
            self.forge(exp=None),
            self.forge(exp="never"),
            self.forge(exp=int(NOW) + 3600),
            self.forge(until="never"),
            self.forge(way=None),
            self.forge(way="local"),
            self.forge(grant=None),
            self.forge(clinicId=7),
        ):
            self.assertRaises(AuthInvalid, self.book.redeem, forged)

    @given(st.text(max_size=200))
    @settings(max_examples=100, deadline=None)
    def test_rubbish(self, text: str) -> None:
        """No text whatever is more than refused."""
        self.setUp()
        head = self.issue().partition(".")[0]
        for token in (text, f"{head}.{text}", f"{head}.e30.{text}"):
            is_ws_token(token)
            self.assertRaises(AuthInvalid, self.book.redeem, token)
