"""Audio faster than the engine takes it, on real daemons: no more is read than may wait, whoever sends it."""

from __future__ import annotations

import re
import select
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from tests.support.daemon import fetch, start
from tests.support.memory_web import UPGRADE, client_frame, request

PATIENCE_S = 30.0
AHEAD_BYTES = 30 * 32_000
"""Half a minute at 16 kHz."""

IN_KERNELS_BYTES = 800_000
"""At most, in the buffers of both ends."""

AUDIO = client_frame(bytes(32_000), 2)
PLAIN = b'{"type":"start_transcription","languageCode":"fr-CA","sampleRate":16000}'
ALIE = b'{"type":"start_transcription","languageCode":"fr-CA","sampleRate":16000,"ack":true,"resume":true}'


def pour(url: str, starts: list[bytes]) -> list[int]:
    """Dictations that send as fast as they may; how many bytes each could send before nothing more was taken."""
    address = urlsplit(url)
    with ExitStack() as stack:
        sent = {}
        for first in starts:
            made = stack.enter_context(socket.socket())
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            made.settimeout(PATIENCE_S)
            made.connect((address.hostname, address.port))
            made.sendall(request("/ws", headers=UPGRADE) + client_frame(first))
            made.setblocking(False)
            sent[made] = 0
        rest = dict.fromkeys(sent, AUDIO)
        while writable := select.select([], list(sent), [], 1.5)[1]:
            for made in writable:
                count = made.send(rest[made])
                sent[made] += count
                rest[made] = rest[made][count:] or AUDIO
            if max(sent.values()) > 10 * AHEAD_BYTES:
                break
        return list(sent.values())


class BackpressureTests(TestCase):
    """An Amazon that takes connections and nothing else, over each transport; plain clients and Alie's."""

    timeout = 90

    def test_an_engine_that_does_not_listen(self) -> Deferred[None]:
        """Half a minute of audio is kept for it; then the client is not read any more."""

        async def check(transport: str) -> None:
            deaf = socket.create_server(("127.0.0.1", 0), backlog=64)
            self.addCleanup(deaf.close)
            daemon = start(
                self,
                ALIE_ENGINE="amazon",
                ALIE_FAILOVER="off",
                ALIE_TRANSCRIBE_TRANSPORT=transport,
                ALIE_TRANSCRIBE_ENDPOINT=f"https://127.0.0.1:{deaf.getsockname()[1]}",
                AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
                AWS_SECRET_ACCESS_KEY="x" * 40,
            )
            url = await daemon.listening
            poured = deferToThread(pour, url, [PLAIN, ALIE])
            for sent in await poured:
                self.assertGreater(sent, AHEAD_BYTES)
                self.assertLess(sent, AHEAD_BYTES + IN_KERNELS_BYTES)
            exposition = await fetch(f"{url}/metrics")
            self.assertRegex(exposition, re.compile(r'^alie_held_bytes\{kind="audio_unheard"\} [1-9]', re.MULTILINE))

        done = [Deferred.fromCoroutine(check(transport)) for transport in ("websocket", "sdk")]
        both = gatherResults(done, consumeErrors=True)
        return both.addCallbacks(lambda _: None, lambda failure: failure.value.subFailure)
