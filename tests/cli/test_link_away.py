"""A link whose server is gone, on a reactor in memory: when it tries again, where, and what it does meanwhile."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import txaio
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectError, ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from websockets.frames import Opcode

from alie.cli.address import parse
from alie.cli.link import Link
from alie.cli.reasons import SessionFailed
from alie.cli.watchdog import DEAD_S, LOOK_S
from alie.client import RENEWAL_RETRY_S, Cut, StartRequest, Told, TranscriptionClient
from alie.client.patience import PATIENCE_S
from tests.conformance.peer import Peer
from tests.engines.amazon.service_end import MemoryNet

READY = {"type": "stream_ready", "sessionId": "s-1", "resumeToken": "secret", "resumePath": "/ws/here"}
RESUMED = {"type": "stream_resumed", "receivedBytes": 4, "resumeToken": "next"}
# With no chance in it.
FIRST_DELAY_S = 0.25


class Server:
    """The other end of one connection."""

    def __init__(self, net: MemoryNet) -> None:
        self.peer = Peer(net)
        self.tell(type="connection_established", payload={"sessionId": "greeting"})

    def tell(self, **message: Any) -> None:
        self.peer.say(self.peer.server.send_text, json.dumps(message).encode())

    def heard(self) -> list[dict[str, Any]]:
        """Text messages so far."""
        self.peer.read()
        return [json.loads(text) for text in self.peer.payloads(Opcode.TEXT)]

    def audio(self) -> bytes:
        self.peer.read()
        return b"".join(self.peer.payloads(Opcode.BINARY))

    def vanish(self) -> None:
        """The connection is lost."""
        self.peer.transport.connected = False
        self.peer.transport.protocol.connectionLost(Failure(ConnectionLost()))


class AwayCase(SynchronousTestCase):
    """One link, on its first socket."""

    def setUp(self) -> None:
        self.net = MemoryNet()
        self.addCleanup(setattr, txaio.config, "loop", getattr(txaio.config, "loop", None))
        txaio.config.loop = self.net
        self.client = TranscriptionClient(StartRequest(token="old", wants_resume=True))
        self.told: list[Told] = []
        self.found: list[str | None] = []
        self.link = Link(
            self.net, parse("http://127.0.0.1:3001"), self.client, self.told.append, self.find, chance=lambda: 0.0
        )
        opening = Deferred.fromCoroutine(self.link.open())
        self.server = Server(self.net)
        self.successResultOf(opening)
        starting = Deferred.fromCoroutine(self.link.start())
        self.server.tell(**READY)
        self.successResultOf(starting)
        self.link.send_audio(b"abcdef")
        self.addCleanup(self.leave)  # before the clock is taken away, which tearDown would come after

    def leave(self) -> None:
        """Closes; none of our timers is left."""
        closing = Deferred.fromCoroutine(self.link.close())
        for _ in range(3):
            self.net.advance(3.0)
        self.successResultOf(closing)
        # Autobahn's own timers are its own; none of ours may be left.
        names = [call.func.__qualname__ for call in self.net.getDelayedCalls()]
        self.assertEqual([name for name in names if "Watchdog" in name or "deferLater" in name], [])

    async def find(self) -> str | None:
        return await succeed(self.found.pop(0) if self.found else None)

    def acknowledge(self, server: Server) -> None:
        """Nothing is owed after that."""
        server.tell(type="audio_ack", receivedBytes=6, finalBytes=0, bufferedSeconds=0.0)

    @property
    def attempts(self) -> int:
        """Connections asked for so far."""
        return len(self.net.tcpClients)

    def back(self) -> Server:
        """The next socket, once its time has come."""
        attempts = self.attempts
        self.net.advance(FIRST_DELAY_S)
        self.assertEqual(self.attempts, attempts + 1)
        return Server(self.net)


class ReturnTests(AwayCase):
    """After a cut."""

    def test_the_session_is_resumed_and_what_is_missing_is_sent(self) -> None:
        self.assertEqual(self.server.audio(), b"abcdef")
        self.server.vanish()
        self.net.advance(FIRST_DELAY_S - 0.01)
        self.assertEqual(self.attempts, 1)
        self.link.send_audio(b"gh")
        room = Deferred.fromCoroutine(self.link.room())
        self.assertNoResult(room)
        server = self.back()
        self.assertEqual([one["type"] for one in server.heard()], ["resume_transcription"])
        self.assertEqual(server.audio(), b"")
        server.tell(**RESUMED)
        self.assertEqual(server.audio(), b"efgh")
        self.successResultOf(room)

    def test_it_is_at_the_path_that_the_server_gave(self) -> None:
        self.server.vanish()
        self.net.advance(FIRST_DELAY_S)
        factory = self.net.tcpClients[-1][2]
        # HostnameEndpoint wraps the factory that it was given.
        self.assertEqual(factory._wrappedFactory.path, "/ws/here")
        Server(self.net)

    def test_a_newer_token_is_shown(self) -> None:
        self.found = ["new"]
        self.server.vanish()
        self.assertEqual(self.back().heard()[0]["token"], "new")

    def test_a_flush_and_a_stop_are_asked_again(self) -> None:
        flushing = Deferred.fromCoroutine(self.link.flush())
        self.server.vanish()
        server = self.back()
        server.tell(**RESUMED)
        self.assertEqual(server.heard()[-1], {"type": "flush"})
        server.tell(type="flushed", seq=0)
        self.successResultOf(flushing)
        finishing = Deferred.fromCoroutine(self.link.finish())
        server.vanish()
        server = self.back()
        server.tell(**RESUMED)
        self.assertEqual(server.heard()[-1], {"type": "stop_transcription"})
        server.tell(type="transcription_complete", audioSeconds=0.0, finals=0, lostSeconds=0.0)
        self.successResultOf(finishing)

    def test_attempts_that_fail_are_made_more_seldom_and_then_no_more(self) -> None:
        room = Deferred.fromCoroutine(self.link.room())
        self.successResultOf(room)
        self.server.vanish()
        finishing = Deferred.fromCoroutine(self.link.finish())
        began = self.net.seconds()
        times: list[float] = []
        attempts = self.attempts
        while self.client.failure is None:
            self.net.advance(0.25)
            if self.attempts > attempts:
                attempts = self.attempts
                times.append(self.net.seconds() - began)
                factory = self.net.tcpClients[-1][2]
                factory.clientConnectionFailed(self.net.connectors[-1], Failure(ConnectError()))
        # An endpoint takes a moment to say that it has failed.
        gaps = [later - earlier for earlier, later in pairwise(times)]
        self.assertEqual(gaps[:-1], sorted(gaps[:-1]))
        self.assertEqual((times[0], max(gaps)), (FIRST_DELAY_S, 5.5))
        self.assertLess(abs(times[-1] - PATIENCE_S), 1.0)
        self.assertEqual(self.failureResultOf(finishing, SessionFailed).value.trouble.code, "UNREACHABLE")

    def test_who_is_told_of_a_cut_may_close(self) -> None:
        closing: list[Deferred[None]] = []

        def close(told: Told) -> None:
            if isinstance(told, Cut):
                closing.append(Deferred.fromCoroutine(self.link.close()))

        self.link._listener = close
        self.server.vanish()
        self.successResultOf(closing[0])
        self.net.advance(10)
        self.assertEqual(self.attempts, 1)


class SilenceTests(AwayCase):
    """A connection whose other end is gone without a word."""

    def cuts(self) -> int:
        """How often the link has said that it is cut off."""
        return len([one for one in self.told if isinstance(one, Cut)])

    def pass_s(self, seconds: float) -> None:
        """As it passes in life: timers run at their time."""
        self.net.pump([0.1] * round(seconds * 10))

    def test_it_is_dropped(self) -> None:
        self.acknowledge(self.server)
        self.pass_s(DEAD_S + LOOK_S)
        self.assertEqual(self.cuts(), 1)

    def test_one_that_owes_an_ack_is_dropped_at_once(self) -> None:
        """After it has been asked whether it lives."""
        self.pass_s(LOOK_S + 0.2)
        self.assertEqual([one["type"] for one in self.server.heard()][-1], "ping")
        self.assertEqual(self.cuts(), 0)
        self.pass_s(4.8 - LOOK_S)
        self.assertEqual(self.cuts(), 1)

    def test_one_that_answers_is_not(self) -> None:
        for _ in range(5):
            self.pass_s(2 * LOOK_S - 0.2)
            self.server.tell(type="pong")
        self.assertEqual(self.cuts(), 0)

    def test_so_much_may_wait_that_it_is_not_read(self) -> None:
        """Who sends a file waits for the server, which then says nothing until it reads again."""
        self.server.tell(type="audio_ack", receivedBytes=2, finalBytes=0, bufferedSeconds=29.0)
        self.pass_s(DEAD_S - 2 * LOOK_S)
        self.assertEqual(self.cuts(), 0)

    def test_the_last_words_are_not_waited_for_in_vain(self) -> None:
        """All was acknowledged and the end was asked for: a server that lives answers."""
        self.acknowledge(self.server)
        finishing = Deferred.fromCoroutine(self.link.finish())
        self.pass_s(2 * LOOK_S - 0.1)
        self.assertEqual(self.cuts(), 0)
        self.pass_s(0.1)
        self.assertEqual(self.cuts(), 1)
        self.server = self.back()
        self.server.tell(**{**RESUMED, "receivedBytes": 6})
        self.server.tell(type="transcription_complete", audioSeconds=0.0, lostSeconds=0.0)
        self.successResultOf(finishing)

    def test_pings_are_signs_of_life(self) -> None:
        self.acknowledge(self.server)
        for _ in range(5):
            self.pass_s(DEAD_S - 1)
            self.server.peer.say(self.server.peer.server.send_ping, b"?")
        self.assertEqual(self.cuts(), 0)

    def test_a_new_socket_that_is_never_greeted_is_dropped_too(self) -> None:
        self.server.vanish()
        self.net.advance(FIRST_DELAY_S)
        Peer(self.net)
        self.pass_s(DEAD_S + LOOK_S)
        self.assertEqual([one.attempt for one in self.told if isinstance(one, Cut)], [1, 2])


class RenewalTests(AwayCase):
    """A token that expires."""

    def setUp(self) -> None:
        super().setUp()
        self.acknowledge(self.server)

    def shown(self) -> list[str]:
        return [one["token"] for one in self.server.heard() if one["type"] == "authenticate"]

    def test_it_is_looked_for_until_there_is_a_new_one(self) -> None:
        self.found = ["old", None, "new"]
        self.server.tell(type="auth_expiring", expiresInSeconds=120)
        for wanted in ([], [], ["new"]):
            self.assertEqual(self.shown(), wanted)
            self.net.advance(0 if wanted else RENEWAL_RETRY_S)
        self.server.tell(type="authenticated", expiresAt=None)
        self.found = ["newer"]
        self.net.advance(RENEWAL_RETRY_S)
        self.assertEqual((self.shown(), self.found), (["new"], ["newer"]))

    def test_one_that_cannot_be_verified_now_is_shown_again(self) -> None:
        self.found = ["new", "new"]
        self.server.tell(type="auth_expiring", expiresInSeconds=120)
        self.server.tell(type="transcription_error", error="Not now", code="INTERNAL", retryable=True, fatal=False)
        self.net.advance(RENEWAL_RETRY_S)
        self.assertEqual(self.shown(), ["new", "new"])
        self.assertIsNone(self.client.failure)
