"""docs/operations.md, "Logs": what a real daemon writes to standard output, and what if nobody takes it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import deferLater
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from tests.cli.files import folder_for
from tests.support import runbook
from tests.support.daemon import Daemon, fetch, start
from tests.support.log_lines import AS_IN_THE_JOURNAL, begun, dictate, lines, records, until, whole

CANARY = "zyxquor-blimfrast"


def events(text: str) -> list[str]:
    """Alie's own events, in order."""
    return [record["event"] for record in records(text) if "event" in record]


class LinesTests(TestCase):
    """What is in the lines."""

    timeout = 120

    async def test_a_dictation(self) -> None:
        """One line, with what the page says, and nothing of what was said; then those of the end."""
        daemon = start(self, RATE_LIMIT_ENABLED="false")
        url = await daemon.listening
        since = await begun(daemon)
        session_id = await dictate(url)
        while '"session.end"' not in daemon.out or not daemon.out.endswith("\n"):
            await deferLater(reactor, 0.05)
        # A machine that is busy otherwise says so.
        (line,) = (record for record in records(daemon.out[since:]) if record.get("event") != "load.step")
        page = json.loads(next(block.text for block in runbook.blocks("Logs") if block.language == "json"))
        self.assertEqual(list(line), list(page))
        self.assertEqual(
            {name: type(value) for name, value in line.items()}, {name: type(value) for name, value in page.items()}
        )
        self.assertEqual((line["event"], line["session_id"], line["code"]), ("session.end", session_id, "complete"))
        self.assertEqual((line["language"], line["engine"], line["lost_s"]), ("fr-CA", "embedded", 0.0))
        self.assertGreater(line["audio_s"], 1.0)
        daemon.stop()
        self.assertEqual(await daemon.ended, 0)
        self.assertEqual(daemon.err, "")
        self.assertEqual(records(daemon.out)[-1]["message"], "Server Shut Down.", "all was written at the end")
        self.assertEqual(
            set(events(daemon.out)) - {"audit.head", "load.step"},
            {"daemon.memory", "daemon.engine", "daemon.listening", "session.end"},
        )

    async def test_requests(self) -> None:
        """Their line, without query, address or token; those for health at debug only."""
        daemon = start(self, LOG_LEVEL="info,alie.web=debug")
        url = await daemon.listening
        since = await begun(daemon)
        await fetch(f"{url}/api/config?ws_token={CANARY}&email=anne@{CANARY}.ca")
        await fetch(f"{url}/health?{CANARY}")
        token = f"Authorization: Bearer {CANARY}"
        nowhere = f"{url}/api/{CANARY}/{CANARY}?a={CANARY}"
        await getProcessOutputAndValue("curl", ["-s", "-o", "/dev/null", "-H", token, nowhere])
        config, health, missing = await lines(daemon, since, 3)
        own = ["request_id", "method", "path", "status", "code", "bytes", "duration_ms"]
        self.assertEqual(list(config), ["time", "level", "logger", "event", "message", *own])
        self.assertEqual([config[name] for name in own[1:5]], ["GET", "/api/config", 200, "ok"])
        self.assertEqual((health["path"], health["level"], config["level"]), ("/health", "debug", "info"))
        self.assertEqual((missing["path"], missing["status"], missing["code"]), ("/api/*", 404, "NOT_FOUND"))
        self.assertNotIn("127.0.0.1", daemon.out[since:])
        self.assertNotIn(CANARY, daemon.out + daemon.err)

    async def test_the_journals_priorities(self) -> None:
        """Stand before each line, also where the journal is asked for text, and nowhere else."""
        json_one, text_one, other = (
            start(self, program=AS_IN_THE_JOURNAL),
            start(self, program=AS_IN_THE_JOURNAL, ALIE_LOG_FORMAT="text"),
            start(self, JOURNAL_STREAM="8:1234"),
        )
        await gatherResults([one.listening for one in (json_one, text_one, other)])
        self.assertEqual({line[:3] for line in whole(json_one.out).splitlines()}, {"<6>"})
        records("".join(line[3:] for line in whole(json_one.out).splitlines(keepends=True)))
        self.assertEqual({line[:3] for line in whole(text_one.out).splitlines()}, {"<6>"})
        self.assertIn("[alie.service.AlieService#info] Alie listens on", text_one.out)
        records(other.out)


class LevelTests(TestCase):
    """`LOG_LEVEL`, and its change by SIGHUP."""

    timeout = 120

    async def test_reload(self) -> None:
        """As the page says; a level that is none changes nothing, and is told."""
        file = folder_for(self) / "alie.env"
        file.write_text("LOG_LEVEL=info\n")
        daemon = start(self, "--env-file", str(file))
        url = await daemon.listening
        await fetch(f"{url}/health")
        block = next(block for block in runbook.blocks("Logs") if block.test == "tests/production/test_logs.py")
        script = block.text.replace("/etc/alie/alie.env", str(file))
        script = script.replace("systemctl reload alie-backend", f"kill -HUP {daemon.transport.pid}")
        _, err, status = await getProcessOutputAndValue("/bin/sh", ["-ec", script])
        self.assertEqual((status, err, file.read_text()), (0, b"", "LOG_LEVEL=debug\n"))
        await until(daemon, "reload.done")
        self.assertNotIn('"/health"', daemon.out)
        await fetch(f"{url}/health")
        await until(daemon, '"/health"')
        file.write_text("LOG_LEVEL=loud\n")
        daemon.stop("HUP")
        await until(daemon, "reload.failed")
        failed = next(record for record in records(daemon.out) if record.get("event") == "reload.failed")
        self.assertIn("LOG_LEVEL must be one of error, warn, info, debug", failed["message"])
        self.assertEqual(failed["level"], "error")
        since = len(daemon.out)
        await fetch(f"{url}/health")
        while '"/health"' not in daemon.out[since:]:
            await deferLater(reactor, 0.05)

    async def test_quiet(self) -> None:
        """Nothing is written where nothing is wrong, not even where it listens: that is asked of the kernel here."""
        daemon = start(self, LOG_LEVEL="error")
        daemon.listening.addErrback(lambda failure: None)
        while not (port := listens(daemon.transport.pid)):
            await deferLater(reactor, 0.05)
        self.assertEqual(await fetch(f"http://127.0.0.1:{port}/health"), '{"status":"ok"}')
        daemon.stop()
        self.assertEqual((await daemon.ended, daemon.out, daemon.err), (0, "", ""))


def listens(pid: int) -> int:
    """The port that a process listens on, as proc(5) has it; 0: none yet."""
    inodes = set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(os.readlink(path))
        except FileNotFoundError:
            continue
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    found = [row[1].rpartition(":")[2] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]
    return int(found[0], 16) if found else 0


class Asking(Protocol):
    """Sends requests, one right after the other, and counts the answers."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._answered = 0
        self.done: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """All at once."""
        self.transport.write(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n" * self._count)

    def dataReceived(self, data: bytes) -> None:
        """Status lines are counted; one that is cut is none, so that bodies are, which are not."""
        self._answered += data.count(b"NOT_FOUND")
        if self._answered >= self._count * 0.99 and not self.done.called:
            self.done.callback(None)


class NobodyTests(TestCase):
    """Nobody takes the lines."""

    timeout = 180

    async def ask(self, url: str, count: int) -> None:
        """So many requests, each of which is a line."""
        host, _, port = url.removeprefix("http://").partition(":")
        asking = Asking(count)
        await connectProtocol(HostnameEndpoint(reactor, host, int(port)), asking)
        await asking.done
        asking.transport.loseConnection()

    async def test_a_reader_that_stands_still(self) -> None:
        """The daemon serves; once lines are read again, it tells how many are missing."""
        daemon = start(self, ALIE_PAGE="off")
        url = await daemon.listening
        pipe = daemon.transport.pipes[1]
        pipe.pauseProducing()
        await self.ask(url, 6000)
        self.assertEqual(json.loads(await fetch(f"{url}/health")), {"status": "ok"})
        lost = float(re.search(r"^alie_log_lines_lost (\S+)$", await fetch(f"{url}/metrics"), re.MULTILINE)[1])
        self.assertGreater(lost, 100)
        pipe.resumeProducing()
        while self.told(daemon) < lost:
            await deferLater(reactor, 0.05)
        self.assertEqual(self.told(daemon), lost)

    @staticmethod
    def told(daemon: Daemon) -> int:
        """How many lines are missing, as the daemon says."""
        return sum(record["count"] for record in records(daemon.out) if record.get("event") == "log.lost")

    async def test_a_reader_that_is_gone(self) -> None:
        """The daemon serves, and ends well."""
        daemon = start(self)
        url = await daemon.listening
        daemon.transport.closeStdout()
        await self.ask(url, 10)
        lost = re.search(r"^alie_log_lines_lost (\S+)$", await fetch(f"{url}/metrics"), re.MULTILINE)
        self.assertGreaterEqual(float(lost[1]), 9)
        daemon.stop()
        self.assertEqual((await daemon.ended, daemon.err), (0, ""))
