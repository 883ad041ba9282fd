"""Tests of the WebSocket's door where proof is owed: tickets, ws tokens, trusted origins, tokens, and limits."""

from __future__ import annotations

import time
from typing import ClassVar

from alie.auth.tickets import SignedTickets
from alie.auth.ws_tokens import WsTokenBook
from alie.parts import Parts
from tests.support.driving import final
from tests.support.memory_web import Connection, Response, WebCase
from tests.support.proofs import (
    ANNE,
    BERNARD,
    CLINIC,
    COOKIE,
    MemoryAudit,
    MemoryAuthenticator,
    MemoryExporter,
    MemoryLimiter,
    MemoryTickets,
    MemoryWsTokens,
    person,
)

PAGE = "https://app.example.ca"
OWN = "http://127.0.0.1:3001"
OWED = {"WS_REQUIRE_AUTH": "true", "CORS_ALLOWED_ORIGINS": f"{PAGE},https://*.vercel.app"}


class DoorCase(WebCase):
    """A daemon that asks who speaks, among parts that are kept in memory."""

    owed: ClassVar[dict[str, str]] = {}

    def setUp(self) -> None:
        super().setUp()
        self.authenticator = MemoryAuthenticator(anne=person(ANNE), bernard=person(BERNARD))
        self.audit = MemoryAudit()
        self.exporter = MemoryExporter()
        self.limiter = MemoryLimiter(100)
        parts = Parts(
            authenticator=self.authenticator,
            tickets=MemoryTickets(anne=person(ANNE)),
            ws_tokens=MemoryWsTokens(bernard=person(BERNARD)),
            limiter=self.limiter,
            audit=self.audit,
            exporter=self.exporter,
        )
        self.build(parts, **OWED, **self.owed)

    def told(self, path: str = "/ws", **headers: str) -> list[str]:
        """What a client without a token is told when it starts: types of messages, codes of errors, and the close."""
        connection, response = self.upgrade(path, **headers)
        assert response.status == 101, response
        connection.start()
        return self.read(connection)

    def read(self, connection: Connection) -> list[str]:
        """All that came, in short."""
        return [
            f"{frame.close[0]} {frame.close[1]}"
            if frame.opcode == 8
            else frame.message.get("code", frame.message["type"])
            for frame in connection.frames()
        ]

    def who(self) -> str | None:
        """Who dictated last, according to the audit log."""
        event, caller = self.audit.events[-1]
        assert event.action == "dictation.start", event
        return None if caller is None else caller.principal.user_id


READY = ["connection_established", "stream_ready"]
OWING = ["connection_established", "AUTH_REQUIRED", "1008 Authentication required"]


class TicketTests(DoorCase):
    """The cookie that an authenticated REST answer has set, beside an allowed Origin."""

    def test_let_in(self) -> None:
        """A page that sends no token dictates as its user."""
        for origin in (PAGE, "https://a.vercel.app", OWN):
            self.assertEqual(self.told(Cookie=f"x=y; {COOKIE}anne", Origin=origin), READY, origin)
            self.assertEqual((self.who(), self.audit.events[-1][0].details["way"]), (ANNE, "ticket"))

    def test_a_real_one(self) -> None:
        """As a browser sends back what Set-Cookie gave it."""
        tickets = SignedTickets(b"a secret of the operator's", time.time)
        self.build(Parts(tickets=tickets, audit=self.audit), **OWED)
        issued = tickets.issue(person(BERNARD, expires_at=time.time() + 60))
        assert issued is not None
        self.assertEqual(self.told(Cookie=f"a=b; {issued.partition(';')[0]}; c=d", Origin=PAGE), READY)
        self.assertEqual(self.who(), BERNARD)

    def test_without_an_origin(self) -> None:
        """It counts for nothing: only browsers have tickets, and they send one."""
        self.assertEqual(self.told(Cookie=f"{COOKIE}anne"), OWING)

    def test_from_elsewhere(self) -> None:
        """Refused before anything is looked at."""
        _, response = self.upgrade(Cookie=f"{COOKIE}anne", Origin="https://evil.example")
        self.assertEqual(response.status, 403)

    def test_no_good(self) -> None:
        """As good as none; a token may still come in a message."""
        for ticket in ("old", "forged"):
            self.assertEqual(self.told(Cookie=f"{COOKIE}{ticket}", Origin=PAGE), OWING)
            self.assertEqual(self.audit.events[-1][0].details, {"code": "AUTH_REQUIRED", "way": "ticket"})
        connection, _ = self.upgrade(Cookie=f"{COOKIE}old", Origin=PAGE)
        connection.start(token="anne")
        self.assertEqual(self.read(connection), READY)

    def test_other_cookies(self) -> None:
        """Are none of ours."""
        self.assertEqual(self.told(Cookie="theme=dark", Origin=PAGE), OWING)


class MessageTests(DoorCase):
    """A token in a message, over the wire."""

    def test_start(self) -> None:
        """The engine is opened on the audio that follows."""
        connection, _ = self.upgrade()
        connection.start(token="anne")
        connection.speak()
        self.assertEqual((self.read(connection), self.engine.events), (READY, ["open", "feed"]))
        self.assertEqual(self.who(), ANNE)

    def test_what_comes_meanwhile(self) -> None:
        """Waits where it is, unread, until it is known who it is."""
        self.authenticator.is_slow = True
        connection, _ = self.upgrade()
        connection.start(token="anne")
        for _ in range(300):
            connection.speak()
        self.assertEqual((self.read(connection), self.engine.events), (READY[:1], []))
        self.assertGreater(len(connection.transport.arriving), 2_000_000)
        self.authenticator.answer()
        connection.transport.deliver()
        self.assertEqual((self.read(connection), len(self.engine.stream.fed)), (READY[1:], 300 * 8192))

    def test_a_ws_token(self) -> None:
        """Is a token like others here, but good once."""
        book = WsTokenBook(b"a secret of the operator's", time.time)
        token = book.issue(person(BERNARD))
        self.build(Parts(ws_tokens=book), **OWED)
        for expected in (READY, ["connection_established", "AUTH_INVALID", "1008 Invalid token"]):
            connection, _ = self.upgrade()
            connection.start(token=token)
            self.assertEqual(self.read(connection), expected)

    def test_refused(self) -> None:
        """With the error's own close."""
        connection, _ = self.upgrade()
        connection.start(token="eyJ.x")
        self.assertEqual(self.read(connection), ["connection_established", "AUTH_INVALID", "1008 Invalid token"])

    def test_nothing_in_time(self) -> None:
        """Greeted, and 10 s."""
        connection, _ = self.upgrade()
        self.clock.advance(10)
        self.assertEqual(self.read(connection), OWING)

    def test_revoked(self) -> None:
        """Closed at once."""
        connection, _ = self.upgrade()
        connection.start(token="anne")
        connection.speak()
        self.authenticator.revoke(ANNE)
        self.assertEqual(self.read(connection)[-2:], ["AUTH_INVALID", "1008 Access was revoked"])
        self.assertEqual(self.engine.events[-1], "abort")

    def test_export(self) -> None:
        """The link comes back on the socket."""
        connection, _ = self.upgrade()
        connection.start(token="anne")
        connection.speak()
        self.engine.stream.tell(final(text="Toux."))
        connection.say("cmd.export")
        self.assertEqual(connection.messages()[-1]["url"], "https://s3.example/1")
        self.assertEqual([(user_id, text) for user_id, _, text in self.exporter.texts], [(ANNE, "Toux.")])


class WsTokenOffTests(DoorCase):
    """By default no URL proves anything."""

    def test_ignored(self) -> None:
        """Neither good nor bad, and a good one is not used up."""
        for token in ("bernard", "old", "access", ""):
            self.assertEqual(self.told(f"/ws?ws_token={token}"), OWING, token)


class WsTokenTests(DoorCase):
    """`?ws_token=` where it is switched on: once."""

    owed: ClassVar[dict[str, str]] = {"ALIE_WS_TOKEN_IN_URL": "1"}

    def test_once(self) -> None:
        """The second use is refused, without a greeting."""
        self.assertEqual(self.told("/ws?ws_token=bernard"), READY)
        self.assertEqual((self.who(), self.audit.events[-1][0].details["way"]), (BERNARD, "ws_token"))
        self.assertEqual(self.told("/ws?ws_token=bernard"), ["1008 Invalid token"])

    def test_no_good(self) -> None:
        """The contract's reasons; recorded with the code of what was wrong."""
        for token, reason, code in (
            ("old", "Invalid token", "AUTH_EXPIRED"),
            ("forged", "Invalid token", "AUTH_INVALID"),
            ("%C3%A9", "Invalid token", "AUTH_INVALID"),
            ("", "Invalid token", "AUTH_INVALID"),
            ("access", "Invalid token type", "AUTH_INVALID"),
        ):
            self.assertEqual(self.told(f"/ws?ws_token={token}"), [f"1008 {reason}"], token)
            self.assertEqual(self.audit.events[-1][0].details, {"code": code, "way": "ws_token"})

    def test_a_bad_one_is_not_mended_by_a_ticket(self) -> None:
        """What was named counts."""
        self.assertEqual(self.told("/ws?ws_token=old", Cookie=f"{COOKIE}anne", Origin=PAGE), ["1008 Invalid token"])

    def test_none(self) -> None:
        """The other ways are open."""
        self.assertEqual(self.told(Cookie=f"{COOKIE}anne", Origin=PAGE), READY)
        self.assertEqual(self.told(), OWING)


class OriginTrustTests(DoorCase):
    """`ALIE_WS_ORIGIN_TRUST=1`: for pages that can prove nothing at all."""

    owed: ClassVar[dict[str, str]] = {"ALIE_WS_ORIGIN_TRUST": "1", "ALIE_SESSIONS_PER_USER": "1"}

    def test_configured(self) -> None:
        """Let in, each as nobody in particular: they do not share one user's seats."""
        for origin in (PAGE, PAGE, "https://a.vercel.app"):
            self.assertEqual(self.told(Origin=origin), READY, origin)
            self.assertEqual(self.audit.events[-1][0].details["way"], "origin")
        self.assertEqual(self.authenticator.watched, [])

    def test_not_configured(self) -> None:
        """Our own origin is none of those; nor is no origin."""
        self.assertEqual(self.told(Origin=OWN), OWING)
        self.assertEqual(self.told(), OWING)

    def test_better_proof_counts_before(self) -> None:
        """A ticket names somebody."""
        self.assertEqual(self.told(Cookie=f"{COOKIE}anne", Origin=PAGE), READY)
        self.assertEqual(self.who(), ANNE)
        self.assertEqual(self.told(Cookie=f"{COOKIE}old", Origin=PAGE), READY)
        self.assertNotEqual(self.who(), ANNE)

    def test_nothing_is_exported_to_nobody(self) -> None:
        """An origin is no person."""
        connection, _ = self.upgrade(Origin=PAGE)
        connection.start()
        connection.say("cmd.export")
        self.assertEqual(connection.messages()[-1]["code"], "RETENTION_OFF")


class OriginDistrustTests(DoorCase):
    """By default an origin proves nothing."""

    def test_owing(self) -> None:
        """A configured page as any other."""
        self.assertEqual(self.told(Origin=PAGE), OWING)


class NothingOwedTests(DoorCase):
    """Where no proof is owed, none is looked at."""

    owed: ClassVar[dict[str, str]] = {"ALIE_WS_TOKEN_IN_URL": "1"}

    def setUp(self) -> None:
        super().setUp()
        self.build(Parts(tickets=MemoryTickets(anne=person(ANNE)), audit=self.audit))

    def test_everybody(self) -> None:
        """Nobody in particular."""
        for path, headers in (("/ws?ws_token=forged", {}), ("/ws", {"Cookie": f"{COOKIE}anne", "Origin": OWN})):
            self.assertEqual(self.told(path, **headers), READY)
            self.assertIsNone(self.who())


class LimitTests(DoorCase):
    """So many sockets from one address, so many dictations of one user or clinic."""

    owed: ClassVar[dict[str, str]] = {"ALIE_SESSIONS_PER_USER": "2", "ALIE_SESSIONS_PER_CLINIC": "3"}

    def asked(self) -> Response:
        """The answer to one more upgrade."""
        return self.upgrade()[1]

    def test_sockets(self) -> None:
        """429 with Retry-After before the upgrade; who leaves makes room."""
        self.limiter = MemoryLimiter(2)
        self.build(Parts(limiter=self.limiter), **OWED)
        first, _ = self.upgrade()
        self.asked()
        refused = self.asked()
        self.assertEqual(
            (refused.status, refused.json()["code"], refused.header("Retry-After")), (429, "RATE_LIMITED", "7")
        )
        first.transport.loseConnection()
        self.assertEqual((self.limiter.inside, self.asked().status), (1, 101))

    def test_handshakes_that_fail(self) -> None:
        """Count out again, as do sockets that are refused at the door."""
        connection, _ = self.upgrade(Sec_WebSocket_Key="short")
        self.assertFalse(connection.is_open)
        self.upgrade(Host="evil.example")
        self.ask("/ws")
        self.assertEqual(self.limiter.inside, 0)

    def test_dictations_of_a_user(self) -> None:
        """One more than one may have is told so; a clinic's likewise."""
        sockets = [self.upgrade()[0] for _ in range(5)]
        for socket in sockets[:3]:
            socket.start(token="anne")
        self.assertEqual(self.read(sockets[2])[1:2], ["CAPACITY"])
        sockets[3].start(token="bernard")
        sockets[4].start(token="bernard")
        *_, told, closing = sockets[4].frames()
        self.assertIn("Your clinic has 3 dictations open", told.message["error"])
        self.assertEqual(closing.close[0], 1013)
        self.assertEqual((CLINIC, self.admission.taken), (person().principal.clinic_id, 3))


class ComingBackTests(DoorCase):
    """A session whose socket broke, where proof is owed."""

    def setUp(self) -> None:
        super().setUp()
        connection, _ = self.upgrade()
        connection.start(token="anne", resume=True)
        (_, ready) = connection.messages()
        connection.speak()
        self.shown = {"sessionId": ready["sessionId"], "resumeToken": ready["resumeToken"], "lastSeq": 0}
        connection.transport.loseConnection()

    def come_back(self, **fields: str) -> Connection:
        """On a new socket, with what the session gave."""
        connection, _ = self.upgrade()
        connection.say("resume_transcription", **self.shown, **fields)
        return connection

    def test_the_same_user(self) -> None:
        """Is verified, then goes on: the socket is read again, its access is watched once, and both are taken down."""
        connection = self.come_back(token="anne")
        self.assertEqual(self.read(connection), ["connection_established", "stream_resumed"])
        event, caller = self.audit.events[-1]
        self.assertEqual((event.action, event.session_id), ("dictation.resume", self.shown["sessionId"]))
        self.assertEqual(caller.principal.user_id if caller else None, ANNE)
        connection.speak()
        self.assertEqual(self.engine.events[-2:], ["feed", "feed"])
        self.assertEqual(self.authenticator.watched, [ANNE])

    def test_another_user(self) -> None:
        """Learns nothing, not even that there is such a session."""
        self.assertEqual(self.read(self.come_back(token="bernard")), ["connection_established", "SESSION_NOT_FOUND"])
        self.assertEqual(self.engine.events.count("feed"), 1)
        self.assertEqual(self.read(self.come_back(token="anne"))[-1], "stream_resumed")

    def test_a_claim_of_anothers_session_is_taken_down(self) -> None:
        """Who has got hold of somebody's secret is in the audit log, with the session; once a socket, however often."""
        connection = self.come_back(token="bernard")
        connection.say("resume_transcription", **self.shown)
        event, caller = self.audit.events[-1]
        self.assertEqual((event.action, event.outcome), ("dictation.resume", "SESSION_NOT_FOUND"))
        self.assertEqual((event.resource, event.resource_id), ("dictation", self.shown["sessionId"]))
        self.assertNotEqual(caller.principal.user_id if caller else None, ANNE)
        self.assertEqual([one.action for one, _ in self.audit.events].count("dictation.resume"), 1)

    def test_nobody(self) -> None:
        """The secret alone is not enough."""
        self.assertEqual(self.read(self.come_back()), OWING)

    def test_access_that_is_gone_meanwhile(self) -> None:
        """The session waits for nobody."""
        self.authenticator.revoke(ANNE)
        self.assertEqual((self.engine.streams, self.admission.taken), ([], 0))
        self.assertEqual(self.read(self.come_back(token="anne")), ["connection_established", "SESSION_NOT_FOUND"])
