"""The table of RFC 6455 (tests/conformance), played to a real daemon over real sockets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from tests.conformance.case import Case
from tests.conformance.ending import ENDING
from tests.conformance.framing import FRAMING
from tests.conformance.handshakes import ACCEPTED, HANDSHAKES, Handshake
from tests.conformance.judging import Seen, expected, saw
from tests.conformance.limits import LIMITS
from tests.conformance.pieces import CLOSE, PING, Piece, closing, encode
from tests.support.daemon import start
from tests.support.memory_web import client_frame
from tests.support.raw_socket import RawSocket, connect, dictate
from tests.support.transcribe import settings, simulate

AT_ONCE = 16
SLOW_BYTES = 60
START = client_frame(b'{"type":"start_transcription","languageCode":"en-US"}')
PROBE = Piece(PING, b"still there?")
BYTES_PER_S = 32000
# Frames before the row: the greeting, and that the session has started.
SETTLED = 2


async def at_once(socket: RawSocket, data: bytes) -> None:
    """All of it."""
    socket.send(data)


async def slowly(socket: RawSocket, data: bytes) -> None:
    """A byte in each turn of the reactor."""
    for byte in data:
        socket.send(bytes((byte,)))
        await deferLater(reactor, 0)


def _is_as(seen: Seen, wanted: Seen) -> bool:
    # Seconds are told to the millisecond, which is 32 bytes.
    return replace(seen, audio=wanted.audio) == wanted and abs(seen.audio - wanted.audio) <= 16


class TableTests(TestCase):
    """One daemon for the whole table; a socket for each row."""

    timeout = 120

    async def play(self, url: str, case: Case, send: Callable[[RawSocket, bytes], object]) -> str:
        """Plays one row; says what is wrong."""
        socket = await dictate(url)
        ended = next((at for at, piece in enumerate(case.pieces, 1) if piece.opcode == CLOSE), len(case.pieces))
        whole, late = (encode(pieces, by_client=True) for pieces in (case.pieces[:ended], case.pieces[ended:]))
        # What comes after its close frame may find the connection gone, and reset it before the answer has been read.
        await send(socket, whole[:-1])  # type: ignore[misc]
        socket.send(whole[-1:] + late)
        wanted = expected(case)
        try:
            seen = await (self.see_open(socket) if case.close is None else self.see_closed(socket, case))
        except Exception as error:
            return f"{case.section}: {case.name}: {error!r}"
        finally:
            socket.transport.abortConnection()
        return "" if _is_as(seen, wanted) else f"{case.section}: {case.name}: {seen}"

    async def see_open(self, socket: RawSocket) -> Seen:
        """The connection goes on, up to the dictation's own end."""
        socket.send(PROBE.encode(by_client=True))
        await socket.until(lambda: any(frame.payload == PROBE.payload for frame in socket.frames))
        frames = socket.frames[SETTLED:-1]
        socket.say("stop_transcription")
        told = await socket.message("transcription_complete")
        return saw(frames, round(told["audioSeconds"] * BYTES_PER_S))

    async def see_closed(self, socket: RawSocket, case: Case) -> Seen:
        """The close frame comes, ours is taken, and the connection is gone."""
        await socket.until(lambda: socket.close_code)
        if not case.is_cut_short:
            socket.send(closing().encode(by_client=True))
            await socket.lost.addTimeout(8, reactor)  # Autobahn itself would wait for 10 s
        return saw(socket.frames[SETTLED:], 0)

    async def shake(self, url: str, row: Handshake) -> str:
        """Asks for one upgrade; says what is wrong."""
        socket = await connect(url)
        socket.send(row.request)
        try:
            await (socket.message("connection_established") if row.is_accepted else socket.until(lambda: socket.head))
        except Exception as error:
            return f"{row.section}: {row.name}: {error!r}"
        finally:
            socket.transport.abortConnection()
        status = int(socket.head.split()[1])
        return "" if status == row.status else f"{row.section}: {row.name}: {status}"

    async def hurry(self, url: str, send: Callable[[RawSocket, bytes], object], cut: int) -> str:
        """Sends the first frame before the upgrade is answered: some with the request, the rest right after it."""
        socket = await connect(url)
        data = ACCEPTED[0].request + START
        cut += len(ACCEPTED[0].request)
        await send(socket, data[:cut])  # type: ignore[misc]
        await deferLater(reactor, 0)
        await send(socket, data[cut:])  # type: ignore[misc]
        try:
            await socket.message("stream_ready")
        except Exception as error:
            return f"a frame right behind the request, cut at {cut}: {error!r}"
        finally:
            socket.transport.abortConnection()
        return ""

    async def check(self, cases: tuple[Case, ...], send: Callable[[RawSocket, bytes], object]) -> None:
        """Plays rows, some at once."""
        simulator = await simulate(self, [])
        daemon = start(
            self, **settings(simulator, transcribe_quota=1000, transcribe_opens_per_second=1000, shed_load=False)
        )
        url = await daemon.listening
        seats = DeferredSemaphore(AT_ONCE)
        found = await gatherResults(
            [seats.run(lambda one: Deferred.fromCoroutine(self.play(url, one, send)), case) for case in cases]
        )
        found += [await self.shake(url, row) for row in HANDSHAKES]
        found += [await self.hurry(url, send, cut) for cut in (0, 1, len(START) // 2, len(START))]
        self.assertEqual([one for one in found if one], [])
        self.assertNotIn("Traceback", daemon.out + daemon.err)

    def test_all_at_once(self) -> Deferred[None]:
        """Each row in one write; all upgrades."""
        return Deferred.fromCoroutine(self.check(FRAMING + ENDING + LIMITS, at_once))

    def test_a_byte_at_a_time(self) -> Deferred[None]:
        """The short rows, each byte in a segment of its own."""
        cases = tuple(case for case in FRAMING + ENDING if len(encode(case.pieces, by_client=True)) <= SLOW_BYTES)
        return Deferred.fromCoroutine(self.check(cases, slowly))
