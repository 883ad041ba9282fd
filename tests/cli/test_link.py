"""The socket of a session: in memory, and against a server."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.server import Site

from alie import errors
from alie.cli.address import parse
from alie.cli.link import STALL_TIMEOUT_S, Link, connect
from alie.cli.player import FRAME_S, cut, each, play
from alie.cli.reasons import SessionFailed
from alie.client import Phase, StartRequest, TranscriptionClient
from alie.server_messages import Trouble
from tests.cli.server import Script, ServerTestCase, fatal, final

SECOND = 32000
ACK = b'{"type":"audio_ack","receivedBytes":640000,"finalBytes":0,"bufferedSeconds":0}'


def listen_on(site: Site, interface: str) -> Any:
    return reactor.listenTCP(0, site, interface=interface)  # type: ignore[attr-defined]


class WaitingTests(SynchronousTestCase):
    """When a link lets audio through, and how long it waits for anything."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.client = TranscriptionClient(StartRequest())
        self.link = Link(self.clock, parse("http://h"), self.client, None)

    def room(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.link.room())

    def test_there_is_room_at_first(self) -> None:
        self.successResultOf(self.room())

    def test_a_full_transport_is_waited_for(self) -> None:
        self.link.pauseProducing()
        room = self.room()
        self.clock.advance(STALL_TIMEOUT_S - 1)
        self.assertNoResult(room)
        self.link.resumeProducing()
        self.successResultOf(room)

    def test_a_server_that_says_nothing_is_given_up(self) -> None:
        done = Deferred.fromCoroutine(self.link.reach(Phase.COMPLETE))
        self.clock.advance(STALL_TIMEOUT_S - 1)
        self.link.on_text(ACK)
        self.clock.advance(STALL_TIMEOUT_S - 1)
        self.assertNoResult(done)
        self.clock.advance(1)
        failure = self.failureResultOf(done, SessionFailed)
        self.assertEqual(failure.value.trouble.code, "SILENT")

    def test_the_end_of_the_socket_ends_every_wait(self) -> None:
        self.link.pauseProducing()
        waits = [self.room(), Deferred.fromCoroutine(self.link.reach(Phase.READY))]
        self.link.on_closed(None)
        for wait in waits:
            self.assertEqual(self.failureResultOf(wait, SessionFailed).value.trouble.code, "CONNECTION_LOST")


class SessionTests(ServerTestCase):
    """A whole session over a real socket."""

    async def dictate(self, script: Script, length_s: float = 1.0, **options: Any) -> TranscriptionClient:
        """Sends silence; returns the client when all is over."""
        address = self.serve(script)
        client = TranscriptionClient(StartRequest())
        link = await connect(reactor, address, client)
        try:
            await link.start()
            frames = cut(bytes(int(length_s * SECOND)))
            await play(reactor, link, each(frames), is_realtime=options.get("is_realtime", False))
            await link.finish()
        finally:
            await link.close()
        return client

    async def test_from_greeting_to_goodbye(self) -> None:
        script = Script(finals=((SECOND, final("r1", 0.0, 1.0, "Hello.")),))
        client = await self.dictate(script)
        self.assertEqual(
            [message["type"] for message in script.messages], ["start_transcription", "stop_transcription"]
        )
        self.assertEqual((script.audio, client.sent_bytes), (SECOND, SECOND))
        self.assertEqual([segment.text for segment in client.finals], ["Hello."])
        assert client.completed is not None
        self.assertEqual(client.completed.audio_s, 1.0)
        self.assertTrue(client.is_closed)
        self.assertIsNone(client.failure)

    async def test_real_time_is_real_time(self) -> None:
        began = reactor.seconds()  # type: ignore[attr-defined]
        await self.dictate(Script(), length_s=2 * FRAME_S, is_realtime=True)
        self.assertGreaterEqual(reactor.seconds() - began, 2 * FRAME_S - 0.01)  # type: ignore[attr-defined]

    async def test_without_real_time_the_server_sets_the_pace(self) -> None:
        script = Script(reads_on=Deferred())
        client = TranscriptionClient(StartRequest())
        link = await connect(reactor, self.serve(script), client)
        await link.start()
        playing = Deferred.fromCoroutine(play(reactor, link, each(cut(bytes(60 * SECOND))), is_realtime=False))
        await script.heard
        await link.until(lambda: link.is_full)
        self.assertLess(client.sent_bytes, 60 * SECOND)
        assert script.reads_on is not None
        script.reads_on.callback(None)
        await playing
        await link.finish()
        await link.close()
        self.assertEqual(script.audio, 60 * SECOND)

    async def test_the_host_is_named_as_the_url_names_it(self) -> None:
        for interface, named in (("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")):
            script = Script()
            try:
                address = self.serve(script, listen=lambda site, host=interface: listen_on(site, host))
            except CannotListenError:
                continue  # no IPv6 here
            link = await connect(reactor, address, TranscriptionClient(StartRequest()))
            await link.close()
            self.assertEqual(script.hosts, [f"{named}:{address.port}"])

    async def test_flush_waits_for_its_answer(self) -> None:
        address = self.serve(Script(finals=((10 * SECOND, final("r1", 0.0, 1.0, "Hello.")),)))
        client = TranscriptionClient(StartRequest())
        link = await connect(reactor, address, client)
        await link.start()
        await link.flush()
        self.assertEqual(len(client.finals), 1)
        await link.close()

    async def test_a_listener_hears_what_the_client_hears(self) -> None:
        heard: list[object] = []
        client = TranscriptionClient(StartRequest())
        trouble = fatal(errors.EngineUnavailable())
        address = self.serve(Script(on_start=(trouble,), closes_with=1011))
        link = await connect(reactor, address, client, heard.append)
        with self.assertRaises(SessionFailed):
            await link.start()
        await link.close()
        self.assertEqual(
            heard[1:], [Trouble("ENGINE_UNAVAILABLE", errors.EngineUnavailable.default_sentence, is_retryable=True)]
        )

    async def test_a_cut_connection_is_a_failure(self) -> None:
        with self.assertRaises(SessionFailed) as raised:
            await self.dictate(Script(drops_at=SECOND), length_s=60.0)
        self.assertEqual(raised.exception.trouble.code, "CONNECTION_LOST")


class RefusalTests(ServerTestCase):
    """Servers that are not there, or will not."""

    async def code_of(self, address: Any) -> str:
        """Why no session comes about there."""
        client = TranscriptionClient(StartRequest())
        with self.assertRaises(SessionFailed) as raised:
            await connect(reactor, address, client)
        self.assertEqual(client.failure, raised.exception.trouble)
        return raised.exception.trouble.code

    def test_a_connection_that_is_not_waited_for(self) -> None:
        """It was cancelled, and the name that was being looked up is not to blame."""
        client = TranscriptionClient(StartRequest())
        connecting = Deferred.fromCoroutine(connect(reactor, self.serve(Script()), client))
        connecting.cancel()
        self.failureResultOf(connecting, CancelledError)
        self.assertIsNone(client.failure)

    async def test_nothing_listens(self) -> None:
        self.assertEqual(await self.code_of(self.closed_port()), "UNREACHABLE")

    async def test_a_refused_host_or_origin(self) -> None:
        self.assertEqual(await self.code_of(self.serve(Script(denied_with=403))), "FORBIDDEN")

    async def test_a_wrong_path(self) -> None:
        address = self.serve(Script())
        self.assertEqual(await self.code_of(parse(address.http_url("/elsewhere"))), "NOT_FOUND")

    async def test_a_path_that_speaks_no_websocket(self) -> None:
        address = self.serve(Script())
        self.assertEqual(await self.code_of(parse(address.http_url("/healthz"))), "NO_WEBSOCKET")

    async def test_no_free_seat_at_the_start(self) -> None:
        address = self.serve(Script(on_start=(), closes_with=1013))
        client = TranscriptionClient(StartRequest())
        link = await connect(reactor, address, client)
        with self.assertRaises(SessionFailed) as raised:
            await link.start()
        await link.close()
        self.assertEqual(raised.exception.trouble.code, "CAPACITY")
