"""A page of the Node backend's time, in a process of its own: it dictates, and writes down what it is told.

    python plain_dictation.py URL LANGUAGE FILE OUTPUT

FILE is PCM16 at 16 kHz; it is sent at the pace of speech. OUTPUT gets a JSON object a line: every message as it came,
and at the end {"closed": CODE, "sent": BYTES}. It needs nothing but Autobahn.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol, connectWS
from twisted.internet import reactor, ssl
from twisted.internet.task import LoopingCall

FRAME_BYTES = 8192
FRAME_S = 0.256


class Page(WebSocketClientProtocol):
    """Knows the contract's messages only."""

    def onOpen(self) -> None:
        """The handshake is done."""
        self._pcm = memoryview(self.factory.pcm)
        self._sent = 0
        self._microphone = LoopingCall(self._speak)
        start = {"type": "start_transcription", "languageCode": self.factory.language, "sampleRate": 16000}
        self.sendMessage(json.dumps(start).encode())

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Writes it down."""
        message = json.loads(payload)
        self._write(message)
        if message["type"] == "stream_ready":
            self._microphone.start(FRAME_S)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        """The end of it."""
        if self._microphone.running:
            self._microphone.stop()
        self._write({"closed": code, "sent": self._sent})
        reactor.stop()  # type: ignore[attr-defined]

    def _speak(self) -> None:
        frame = self._pcm[self._sent : self._sent + FRAME_BYTES]
        self._sent += len(frame)
        if frame:
            self.sendMessage(bytes(frame), isBinary=True)
        else:
            self._microphone.stop()
            self.sendMessage(b'{"type":"stop_transcription"}')

    def _write(self, message: dict[str, Any]) -> None:
        self.factory.output.write(json.dumps(message) + "\n")
        self.factory.output.flush()


def main(url: str, language: str, file: str, output: str) -> None:
    """Until the socket is closed."""
    factory = WebSocketClientFactory(url)
    factory.protocol = Page
    factory.language = language
    factory.pcm = Path(file).read_bytes()
    with Path(output).open("w") as factory.output:
        connectWS(factory, ssl.optionsForClientTLS(urlsplit(url).hostname))
        reactor.run()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(*sys.argv[1:])
