"""What a server says, as the command reads it: values or a ValueError; a dictation goes on, and comes to an end."""

from __future__ import annotations

from alie.client import StartRequest, TranscriptionClient
from alie.server_messages import read

_GREETING = (
    b'{"type":"connection_established","payload":{"sessionId":"s","timestamp":"2026-01-31T14:18:22Z","protocol":1}}'
)
_READY = (
    b'{"type":"stream_ready","sessionId":"s","engine":"embedded","languageCode":"en-US","sampleRate":16000,'
    b'"speakerLabels":false,"resumeToken":"r","resumeWindowSeconds":30,"resumePath":"/ws/transcription"}'
)
_FINAL = (
    b'{"type":"transcription_result","resultId":"s.1","seq":1,"startTime":0.5,"endTime":1,"text":"a","isFinal":true,'
    b'"confidence_score":0.9,"words":[{"text":"a","startTime":0.5,"endTime":1,"confidence":0.9}],"language_detected":"fr"}'
)
_ACK = b'{"type":"audio_ack","receivedBytes":32000,"finalBytes":16000,"bufferedSeconds":0.5}'
_BACK = b'{"type":"stream_resumed","sessionId":"s","receivedBytes":32000,"resumeToken":"q"}'
_GONE = b'{"type":"transcription_error","error":"No.","code":"SESSION_NOT_FOUND","retryable":true,"fatal":false}'
_DONE = b'{"type":"transcription_complete","audioSeconds":1.5,"finals":1,"lostSeconds":0}'
SEEDS = (
    b"\n".join((_GREETING, _READY, _ACK, _FINAL, b'{"type":"flushed","seq":1}', _DONE)),
    b"\n".join((_GREETING, _READY, _FINAL, b"", _GREETING, _BACK, _ACK, b"", _GREETING, _GONE, _READY, _FINAL, _DONE)),
    b'{"type":"engine_status","state":"recovering","engine":"amazon","code":"ENGINE_THROTTLED"}',
    b'{"type":"transcription_error","error":"No.","code":"CAPACITY","retryable":true,"fatal":true}',
    b'{"type":"server_draining","reconnectAfterSeconds":2}\n\n{"type":"auth_expiring","expiresInSeconds":120}',
    b'{"type":"authenticated","expiresAt":"2026-01-31T14:18:22Z"}',
)
WORDS = (
    b"null",
    b"1e999",
    b"NaN",
    b"[]",
    b"{}",
    b"true",
    b'""',
    b'"type":',
    b"-1",
    b"\n\n",
    _READY,
    _FINAL,
    _ACK,
    _BACK,
    _GONE,
)
FRAME = bytes(16001)
# All it has to say after all of it was taken back: three frames in pieces of 64 KiB at most, flushes and a stop.
MOST = 40


def one(data: bytes) -> None:
    """A message a line; at an empty line the socket breaks."""
    client = TranscriptionClient(StartRequest())
    client.start()
    for number, line in enumerate(data.split(b"\n")):
        try:
            read(line)
        except ValueError:
            pass
        if line:
            client.receive(line)
        else:
            client.disconnected(1006, float(number), 0.5)
        if number < 3:
            client.speak(FRAME)
            client.flush()
        if number == 4:
            client.stop()
        for _ in range(MOST):
            if client.next() is None:
                break
        else:
            raise AssertionError("it does not stop talking")
    assert client.sent_bytes <= 3 * len(FRAME)
