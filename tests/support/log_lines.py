"""What a real daemon has logged, read from its standard output."""

from __future__ import annotations

import json
import re
from typing import Any

from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.support.daemon import TWISTD, Daemon
from tests.support.dictating_client import connect, speech

#: Stands for twistd: the journal is at the other end of standard output, as far as a daemon can tell.
AS_IN_THE_JOURNAL = (
    "/bin/sh",
    "-c",
    'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/$$/fd/1) exec "$0" "$@"',
    str(TWISTD),
)
_CLIP = "fr-02-conf-invalid"
_COMMON = ("time", "level", "logger", "message")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def whole(text: str) -> str:
    """The lines that have come to their end."""
    return text[: text.rfind("\n") + 1]


def records(text: str) -> list[dict[str, Any]]:
    """Every line that has come whole; each is an object with what every line has."""
    found = [json.loads(line) for line in whole(text).splitlines()]
    for record in found:
        missing = [name for name in _COMMON if not isinstance(record.get(name), str)]
        if missing or not _TIME.fullmatch(record["time"]) or list(record)[:3] != ["time", "level", "logger"]:
            raise AssertionError(record)
    return found


async def until(daemon: Daemon, wanted: str) -> None:
    """Waits until the daemon has written something."""
    while wanted not in daemon.out:
        await deferLater(reactor, 0.05)


async def begun(daemon: Daemon) -> int:
    """Waits until the daemon has said all that it says at its start; how long that was."""
    while not (daemon.listening.called and '"daemon.memory"' in daemon.out and daemon.out.endswith("\n")):
        await deferLater(reactor, 0.05)
    return len(daemon.out)


async def lines(daemon: Daemon, since: int, count: int) -> list[dict[str, Any]]:
    """All lines from there on, once there are as many as that."""
    while daemon.out.count("\n", since) < count:
        await deferLater(reactor, 0.05)
    return records(daemon.out[since:])


async def dictate(url: str) -> str:
    """A whole dictation in French; the session's id."""
    client = await connect(url, "/ws/transcription")
    client.say("start_transcription", languageCode="fr-CA", sampleRate=16000, mode="smart_dictation")
    ready = await client.message("stream_ready")
    client.speak(speech(_CLIP))
    client.say("stop_transcription")
    await client.message("transcription_complete")
    await client.closed
    return str(ready["sessionId"])
