"""Tests of alie.auth.supabase: who is let in, with which clinic and role, and when that ends."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from alie.access_settings import AccessSettings
from alie.auth.interface import Authenticator
from alie.auth.revocation import INTERVAL_S
from alie.auth.supabase import ASKED_THERE, VOUCHED_S, SupabaseAuthenticator
from alie.auth.supabase_clinics import KEPT_S, TIMEOUT_S
from alie.errors import AuthInvalid, DatabaseUnavailable
from alie.principal import KEY, SUPABASE, Caller, Principal
from alie.supabase import SupabaseHttp
from tests.auth.project import CLINIC, NOW, OTHER_CLINIC, USER, ProjectCase
from tests.support.supabase_auth import LIFETIME_S, SupabaseAuth


class MemoryStore:
    """Memberships by user.

    Attributes:
        rows: of every user.
        failure: raised instead, if it is set.
        is_silent: whether it never answers.
        callers: who asked.
    """

    def __init__(self, *rows: tuple[str, str]) -> None:
        self.rows = rows
        self.failure: Exception | None = None
        self.is_silent = False
        self.callers: list[Caller] = []

    async def memberships(self, caller: Caller) -> list[dict[str, Any]]:
        """See `Store`."""
        self.callers.append(caller)
        if self.is_silent:
            await Deferred()
        if self.failure is not None:
            raise self.failure
        return [{"clinic_id": clinic_id, "role": role} for clinic_id, role in self.rows]


class Case(ProjectCase):
    """An authenticator, and sockets that it may end."""

    jwt_secret = ""

    def setUp(self) -> None:
        super().setUp()
        self.store: MemoryStore | None = None
        self.ended: list[str] = []
        self.build()

    def build(self, store: MemoryStore | None = None) -> None:
        """Anew."""
        self.store = store
        access = AccessSettings(True, True, self.auth.url, self.auth.anon_key, self.jwt_secret)
        self.authenticator = SupabaseAuthenticator(
            self.clock, self.http, access, store.memberships if store is not None else None
        )
        _: Authenticator = self.authenticator

    def verify(self, token: str) -> Caller:
        """Who it is."""
        return self.result(self.authenticator.verify(token))

    def refusal(self, token: str) -> str:
        """Why it is nobody."""
        return self.error(self.authenticator.verify(token))

    def open(self, token: str | None = None, name: str = "socket") -> Any:
        """A socket of whoever the token proves, by default Anne."""
        caller = self.verify(token or self.auth.token(self.anne))
        return self.authenticator.watch(caller, lambda: self.ended.append(name))

    def assert_ends(self) -> None:
        """The socket ends within a minute, and once."""
        self.pass_time(60)
        self.assertEqual(self.ended, ["socket"])
        self.pass_time(120)
        self.assertEqual(self.ended, ["socket"])

    def assert_goes_on(self) -> None:
        """Nothing ends."""
        self.pass_time(120)
        self.assertEqual(self.ended, [])


class VerifyTests(Case):
    """Who a token proves."""

    def test_anne(self) -> None:
        """With the clinic and the role that administrators gave her; without asking about her."""
        token = self.auth.token(self.anne)
        principal = Principal(
            self.anne,
            SUPABASE,
            self.auth.session(self.anne),
            CLINIC,
            "physician",
            "anne@clinic.test",
            NOW + LIFETIME_S,
        )
        self.assertEqual(self.verify(token), Caller(principal, token))
        self.assertEqual(self.asked(USER), 0)

    def test_refused(self) -> None:
        """With the errors of the interface."""
        self.assertEqual(self.refusal("nonsense"), "AuthInvalid")
        self.assertEqual(self.refusal(self.auth.token(self.anne, is_anonymous=True)), "AuthInvalid")
        token = self.auth.token(self.anne)
        self.clock.advance(LIFETIME_S)
        self.assertEqual(self.refusal(token), "AuthExpired")

    def test_nobody_can_tell(self) -> None:
        """While keys cannot be fetched; what is no token at all is refused nevertheless."""
        token = self.auth.token(self.anne)
        self.auth.is_down = True
        self.assertEqual(self.refusal(token), "AuthServiceError")
        self.assertEqual(len(self.authenticator.problems()), 1)
        self.assertEqual(self.refusal("nonsense"), "AuthInvalid")

    def test_nothing_secret_is_logged(self) -> None:
        """Whatever happens."""
        token = self.auth.token(self.anne)
        self.auth.is_down = True
        self.refusal(token)
        self.auth.is_down = False
        self.clock.advance(5)
        self.open(token)
        self.auth.remove(self.anne)
        self.pass_time(60)
        said = repr(self.said)
        for part in (token, token.split(".")[1], token.split(".")[2], "anne@", self.auth.anon_key):
            self.assertNotIn(part, said)


class SecondFactorTests(Case):
    """`ALIE_REQUIRE_MFA=1`, whichever way tokens are verified."""

    def build(self, store: MemoryStore | None = None) -> None:
        access = AccessSettings(supabase_url=self.auth.url, anon_key=self.auth.anon_key, needs_second_factor=True)
        self.authenticator = SupabaseAuthenticator(self.clock, self.http, access)

    def test_demanded(self) -> None:
        """By the claim `aal`, which Supabase signs; it may be shown later, by another token of the same sign-in."""
        self.assertEqual(self.refusal(self.auth.token(self.anne)), "AuthInvalid")
        self.assertEqual(self.verify(self.auth.token(self.anne, aal="aal2")).principal.user_id, self.anne)

    def test_where_supabase_verifies(self) -> None:
        """Old projects without published keys."""
        self.auth = SupabaseAuth("HS256", now=self.clock.seconds)
        self.http = SupabaseHttp(self.clock, self.auth.url, self.auth.anon_key, agent=self.auth.agent)
        self.anne = self.auth.add(role="physician", clinic_id=CLINIC)
        self.build()
        self.assertEqual(self.refusal(self.auth.token(self.anne)), "AuthInvalid")
        self.assertEqual(self.verify(self.auth.token(self.anne, aal="aal2")).principal.user_id, self.anne)


class ClinicTests(Case):
    """Where the token does not say, our own tables do."""

    def setUp(self) -> None:
        super().setUp()
        self.bea = self.auth.add("bea@clinic.test")

    def place(self, user: str | None = None) -> tuple[str | None, str | None]:
        """Clinic and role of a user, by default of Bea."""
        principal = self.verify(self.auth.token(user or self.bea)).principal
        return principal.clinic_id, principal.role

    def test_membership(self) -> None:
        """The only one; asked as the user herself."""
        store = MemoryStore((CLINIC, "staff"))
        self.build(store)
        token = self.auth.token(self.bea)
        self.assertEqual(self.verify(token).principal.clinic_id, CLINIC)
        self.assertEqual(self.place(), (CLINIC, "staff"))
        self.assertEqual([(caller.principal.user_id, caller.token) for caller in store.callers], [(self.bea, token)])

    def test_what_the_token_says(self) -> None:
        """Needs no store."""
        self.build(MemoryStore((OTHER_CLINIC, "owner")))
        self.assertEqual(self.place(self.anne), (CLINIC, "physician"))
        assert self.store is not None
        self.assertEqual(self.store.callers, [])

    def test_half_of_it(self) -> None:
        """The role in the clinic that the token names, and in no other."""
        self.auth.set_app_metadata(self.bea, clinic_id=CLINIC)
        self.build(MemoryStore((OTHER_CLINIC, "owner"), (CLINIC, "staff")))
        self.assertEqual(self.place(), (CLINIC, "staff"))
        self.build(MemoryStore((OTHER_CLINIC, "owner")))
        self.assertEqual(self.place(), (CLINIC, None))

    def test_several(self) -> None:
        """None is guessed."""
        self.build(MemoryStore((CLINIC, "staff"), (OTHER_CLINIC, "owner")))
        self.assertEqual(self.place(), (None, None))

    def test_users_own_words(self) -> None:
        """Say nothing."""
        self.auth.set_user_metadata(self.bea, role="owner", clinic_id=CLINIC)
        self.build(MemoryStore())
        self.assertEqual(self.place(), (None, None))

    def test_kept(self) -> None:
        """For half a minute."""
        store = MemoryStore((CLINIC, "staff"))
        self.build(store)
        self.place()
        store.rows = ((OTHER_CLINIC, "staff"),)
        self.clock.advance(KEPT_S - 1)
        self.assertEqual(self.place(), (CLINIC, "staff"))
        self.clock.advance(1)
        self.assertEqual(self.place(), (OTHER_CLINIC, "staff"))

    def test_a_store_that_fails(self) -> None:
        """Keeps nobody out, and is not asked about each request."""
        store = MemoryStore()
        self.build(store)
        for failure in (DatabaseUnavailable(), RuntimeError("with a row in it")):
            store.failure = failure
            store.callers.clear()
            self.assertEqual((self.place(), self.place()), ((None, None), (None, None)))
            self.assertEqual(len(store.callers), 1)
            self.clock.advance(60)

    def test_a_store_that_is_silent(self) -> None:
        """Is not waited for for long."""
        store = MemoryStore()
        store.is_silent = True
        self.build(store)
        answer = self.begin(self.authenticator.verify(self.auth.token(self.bea)))
        self.assertNoResult(answer)
        self.clock.advance(TIMEOUT_S)
        self.assertIsNone(self.successResultOf(answer).principal.clinic_id)


class WatchTests(Case):
    """What ends a socket within a minute."""

    def test_nothing(self) -> None:
        """Nothing ends, for as long as the token is good and longer; a check each 25 s is all it costs."""
        self.open()
        self.assert_goes_on()
        self.assertEqual(self.asked(USER), 120 // INTERVAL_S)
        self.pass_time(LIFETIME_S)
        self.assertEqual(self.ended, [])

    def test_account(self) -> None:
        """Removed."""
        self.open()
        self.auth.remove(self.anne)
        self.assert_ends()

    def test_banned(self) -> None:
        """Or banned; a ban that is over is none."""
        self.open()
        self.auth.ban(self.anne, "2020-01-01T00:00:00.5Z")
        self.assert_goes_on()
        self.auth.ban(self.anne)
        self.assert_ends()

    def test_logout(self) -> None:
        """Of that session, not of another one."""
        first, second = self.auth.sign_in(self.anne), self.auth.sign_in(self.anne)
        self.open(self.auth.token(self.anne, session_id=first))
        self.auth.log_out(second)
        self.assert_goes_on()
        self.auth.log_out(first)
        self.assert_ends()

    def test_role(self) -> None:
        """Another one, or none."""
        for changed in ({"role": "staff", "clinic_id": CLINIC}, {"clinic_id": CLINIC}):
            self.auth.set_app_metadata(self.anne, role="physician", clinic_id=CLINIC)
            self.clock.advance(1)
            self.ended.clear()
            self.open()
            self.auth.set_app_metadata(self.anne, **changed)
            self.assert_ends()

    def test_clinic(self) -> None:
        """Another one, or none."""
        for changed in ({"role": "physician", "clinic_id": OTHER_CLINIC}, {"role": "physician"}, {}):
            self.auth.set_app_metadata(self.anne, role="physician", clinic_id=CLINIC)
            self.clock.advance(1)
            self.ended.clear()
            self.open()
            self.auth.set_app_metadata(self.anne, **changed)
            self.assert_ends()

    def test_what_does_not_matter(self) -> None:
        """What users write themselves, other entries, and what is gained."""
        bea = self.auth.add("bea@clinic.test")
        self.open(self.auth.token(bea))
        self.auth.set_user_metadata(bea, role="owner", clinic_id=CLINIC)
        self.auth.set_app_metadata(bea, provider="email", role="staff", clinic_id=CLINIC)
        self.assert_goes_on()

    def test_membership(self) -> None:
        """Removed from our own tables; the token is good still, without the clinic."""
        store = MemoryStore((CLINIC, "staff"))
        self.build(store)
        bea = self.auth.add("bea@clinic.test")
        token = self.auth.token(bea)
        self.open(token)
        self.assert_goes_on()
        store.rows = ()
        self.assert_ends()
        self.assertIsNone(self.verify(token).principal.clinic_id)

    def test_a_store_that_fails(self) -> None:
        """Ends nothing: it is asked again."""
        store = MemoryStore((CLINIC, "staff"))
        self.build(store)
        self.open(self.auth.token(self.auth.add("bea@clinic.test")))
        store.failure = DatabaseUnavailable()
        self.assert_goes_on()
        store.failure, store.rows = None, ()
        self.assert_ends()

    def test_supabase_fails(self) -> None:
        """Ends nothing, whatever comes: Auth itself must say that the account is gone."""
        self.open()
        for failure in (
            (500, {"code": 500, "msg": "oops"}),
            (502, None),
            (429, {"code": 429, "error_code": "over_request_rate_limit"}),
            (401, {"message": "Invalid API key", "hint": "Double check"}),
            (403, None),
            (200, ["not", "a", "user"]),
            (200, None),
        ):
            self.auth.failure = failure
            self.pass_time(60)
            self.assertEqual(self.ended, [], failure)
        self.auth.failure = None
        self.auth.is_down = True
        self.assert_goes_on()
        self.auth.is_down = False
        self.auth.remove(self.anne)
        self.assert_ends()

    def test_supabase_is_silent(self) -> None:
        """Also where the look before was answered never."""
        self.open()
        self.auth.is_silent = True
        self.pass_time(INTERVAL_S)
        self.auth.is_silent = False
        self.auth.remove(self.anne)
        self.assert_ends()

    def test_a_newer_token(self) -> None:
        """Is what is shown, once the first has expired."""
        self.open()
        self.pass_time(LIFETIME_S - 60)
        self.verify(self.auth.token(self.anne))
        self.pass_time(120)
        self.assertEqual(self.ended, [])
        self.auth.remove(self.anne)
        self.assert_ends()

    def test_no_token_is_left(self) -> None:
        """Then nothing can be asked, and nothing is."""
        self.open()
        self.pass_time(LIFETIME_S)
        self.auth.remove(self.anne)
        self.auth.asked.clear()
        self.assert_goes_on()
        self.assertEqual(self.auth.asked, [])

    def test_stopped(self) -> None:
        """No end, no question, no timer."""
        stop = self.open()
        stop()
        stop()
        self.auth.remove(self.anne)
        self.assert_goes_on()
        self.assertEqual((self.asked(USER), self.clock.getDelayedCalls()), (0, []))

    def test_by_a_ticket(self) -> None:
        """A caller that presents no token is watched with the one that earned the ticket."""
        principal = self.verify(self.auth.token(self.anne)).principal
        self.authenticator.watch(Caller(principal), lambda: self.ended.append("socket"))
        self.auth.log_out(self.auth.session(self.anne))
        self.assert_ends()

    def test_others(self) -> None:
        """Those whom Supabase does not know are watched elsewhere."""
        caller = Caller(Principal(self.anne, KEY, "a key"))
        self.authenticator.watch(caller, lambda: self.ended.append("socket"))()
        self.authenticator.watch(caller, lambda: self.ended.append("socket"))
        self.assert_goes_on()
        self.assertEqual(self.clock.getDelayedCalls(), [])


class AfterwardsTests(Case):
    """What was ended does not come back with the same token."""

    def test_account(self) -> None:
        """Gone for good."""
        token = self.auth.token(self.anne)
        caller = self.verify(token)
        self.open(token)
        self.auth.remove(self.anne)
        self.assert_ends()
        self.assertEqual(self.refusal(token), "AuthInvalid")
        self.ended.clear()
        self.authenticator.watch(caller, lambda: self.ended.append("socket"))
        self.clock.advance(0)
        self.assertEqual(self.ended, ["socket"])
        self.authenticator.watch(caller, lambda: self.ended.append("again"))()
        self.clock.advance(0)
        self.assertEqual(self.ended, ["socket"])

    def test_role(self) -> None:
        """A token that was made before the change is refused, one made after it is good."""
        token = self.auth.token(self.anne)
        self.open(token)
        self.auth.set_app_metadata(self.anne, role="staff", clinic_id=CLINIC)
        self.assert_ends()
        self.assertEqual(self.refusal(token), "AuthInvalid")
        self.assertEqual(self.verify(self.auth.token(self.anne)).principal.role, "staff")

    def test_role_with_a_newer_token_at_hand(self) -> None:
        """The older one is refused, the newer one is good."""
        old = self.auth.token(self.anne)
        self.open(old)
        self.clock.advance(1)
        self.auth.set_app_metadata(self.anne, role="staff", clinic_id=CLINIC)
        new = self.auth.token(self.anne)
        self.open(new, "new")
        self.assert_ends()
        self.assertEqual(self.refusal(old), "AuthInvalid")
        self.assertEqual(self.verify(new).principal.role, "staff")

    def test_another_session(self) -> None:
        """Is not touched by a logout of this one."""
        first, second = self.auth.sign_in(self.anne), self.auth.sign_in(self.anne)
        self.open(self.auth.token(self.anne, session_id=first))
        self.auth.log_out(first)
        self.assert_ends()
        self.verify(self.auth.token(self.anne, session_id=second))


class AskedThereTests(Case):
    """A project that publishes no keys, and whose secret we are not told: Supabase vouches for each token."""

    algorithm = "HS256"

    def test_good(self) -> None:
        """Asked once in a minute; the operator is told."""
        token = self.auth.token(self.anne)
        self.assertEqual(self.authenticator.notes(), [])
        for _ in range(20):
            self.assertEqual(self.verify(token).principal.role, "physician")
        self.assertEqual(self.asked(USER), 1)
        self.assertEqual((self.authenticator.notes(), self.authenticator.problems()), ([ASKED_THERE], []))
        self.clock.advance(VOUCHED_S)
        self.verify(token)
        self.assertEqual(self.asked(USER), 2)

    def test_forged(self) -> None:
        """Supabase does not take it; asked once in a minute as well."""
        other = SupabaseAuth("HS256", jwt_secret="another secret altogether", now=self.clock.seconds)
        token = other.token(other.add())
        for _ in range(20):
            self.assertEqual(self.refusal(token), "AuthInvalid")
        self.assertEqual(self.asked(USER), 1)

    def test_of_another(self) -> None:
        """Word about somebody else is none."""
        self.auth.failure = (200, {"keys": []})
        self.authenticator.start()
        self.auth.failure = (200, {"id": self.auth.add("bea@clinic.test")})
        self.assertEqual(self.refusal(self.auth.token(self.anne)), "AuthInvalid")

    def test_what_is_not_asked(self) -> None:
        """What is wrong at first sight, or has expired."""
        token = self.auth.token(self.anne)
        self.assertEqual(self.refusal(self.auth.token(self.anne, role="anon")), "AuthInvalid")
        self.assertEqual(
            self.refusal(self.auth.token(self.anne, iss="https://other.supabase.co/auth/v1")), "AuthInvalid"
        )
        other = SupabaseAuth("ES256", now=self.clock.seconds)
        self.assertEqual(self.refusal(other.token(other.add())), "AuthInvalid")
        self.verify(token)
        self.clock.advance(LIFETIME_S)
        self.auth.asked.clear()
        self.assertEqual(self.refusal(token), "AuthExpired")
        self.assertEqual(self.asked(USER), 0)

    def test_removed(self) -> None:
        """Within a minute, also without a socket."""
        token = self.auth.token(self.anne)
        self.verify(token)
        self.auth.remove(self.anne)
        self.clock.advance(VOUCHED_S)
        self.assertEqual(self.refusal(token), "AuthInvalid")

    def test_nobody_can_tell(self) -> None:
        """While Supabase does not answer."""
        token = self.auth.token(self.anne)
        self.authenticator.start()
        self.auth.failure = (503, None)
        self.assertEqual(self.refusal(token), "AuthServiceError")
        self.auth.failure = None
        self.verify(token)

    def test_watched(self) -> None:
        """As with keys."""
        self.open()
        self.auth.log_out(self.auth.session(self.anne))
        self.assert_ends()


class SecretTests(Case):
    """With the legacy secret nothing is asked."""

    algorithm = "HS256"
    jwt_secret = "a-secret-of-an-old-project-0123456789"

    def test_offline(self) -> None:
        """Not even while Supabase is down."""
        self.auth.is_down = True
        self.assertEqual(self.verify(self.auth.token(self.anne)).principal.user_id, self.anne)
        self.assertEqual(self.authenticator.notes(), [])


class LoopbackTests(TestCase):
    """Over real sockets, by the real clock."""

    def setUp(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.set_up())

    async def set_up(self) -> None:
        """Listens on a free port."""
        self.auth = SupabaseAuth("EdDSA")
        stop = await self.auth.listen(reactor)
        self.addCleanup(stop)
        self.http = SupabaseHttp(reactor, self.auth.url, self.auth.anon_key)
        self.addCleanup(self.http.close)
        self.authenticator = SupabaseAuthenticator(reactor, self.http, AccessSettings(supabase_url=self.auth.url))

    async def test_signed_in(self) -> None:
        """By e-mail and password, as the page does it; refused by a stranger's key."""
        anne = self.auth.add("anne@clinic.test", "correct horse", role="physician", clinic_id=CLINIC)
        answer = await self.http.request(
            "POST",
            "/auth/v1/token",
            token=None,
            params={"grant_type": "password"},
            json={"email": "anne@clinic.test", "password": "correct horse"},
        )
        caller = await self.authenticator.verify(answer.body["access_token"])
        self.assertEqual((caller.principal.user_id, caller.principal.role), (anne, "physician"))
        stranger = SupabaseAuth("EdDSA")
        stranger.url = self.auth.url
        verifying = Deferred.fromCoroutine(self.authenticator.verify(stranger.token(stranger.add())))
        await self.assertFailure(verifying, AuthInvalid)

    async def test_account(self) -> None:
        """What the stand-in says is what Supabase says."""
        anne = self.auth.add()
        token = self.auth.token(anne)
        answer = await self.http.request("GET", "/auth/v1/user", token=token)
        self.assertEqual((answer.status, answer.body["id"]), (200, anne))
        self.auth.log_out(self.auth.session(anne))
        answer = await self.http.request("GET", "/auth/v1/user", token=token)
        self.assertEqual((answer.status, answer.body["error_code"]), (403, "session_not_found"))
