"""docs/operations.md, "Logs": its commands, in a Debian whose systemd has taken in what a real daemon wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from alie.audit.checking import journal_heads
from tests.cli.files import folder_for
from tests.support import runbook
from tests.support.daemon import fetch, start
from tests.support.log_lines import AS_IN_THE_JOURNAL, dictate, until
from tests.support.machine import Machine

UNIT = "[Service]\nExecStart=/bin/sh -c 'cat /captured; while read -r line; do echo \"$line\"; done <> /run/more'\n"
RESTART = """
echo '{"event":"before"}' > /run/more
systemctl restart systemd-journald
echo '{"event":"after"}' > /run/more
until journalctl -u alie-backend -o cat | grep -q after; do true; done
journalctl -u alie-backend -o cat -g '^..event'
"""


class Slow(Protocol):
    """A request whose body takes its time, as on a bad network."""

    def __init__(self) -> None:
        self.answered: Deferred[None] = Deferred()

    async def ask(self) -> None:
        """Ends when it is answered."""
        self.transport.write(b"POST /api/config HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{")
        await deferLater(reactor, 1.1)  # it is logged from one second on
        self.transport.write(b"}")
        await self.answered
        self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        """The answer comes."""
        if not self.answered.called:
            self.answered.callback(None)


class JournalTests(TestCase):
    """One daemon's lines, asked for in every way that the page has."""

    timeout = 900

    async def test_commands(self) -> None:
        """Each gives what it is there for, whatever lines of others stand between."""
        captured, session_id = await self.captured()
        found = await deferToThread(self.asked, captured, session_id)
        follow, people, warnings, sessions, one, answers, slow, heads, restarted = found
        self.assertEqual(follow.count('"event":"session.end"'), 1)
        self.assertIn("alie: PORT must be a whole number", follow)
        self.assertRegex(people, r"(?m)^\S+Z info Alie listens on http://127\.0\.0\.1:\d+$")
        self.assertNotIn("alie: ", people)
        self.assertIn('"level":"error"', warnings)
        self.assertNotIn('"level":"info"', warnings)
        (session,) = map(json.loads, sessions.splitlines())
        self.assertEqual((session["session_id"], session["code"], session["lost_s"]), (session_id, "complete", 0.0))
        self.assertEqual(len(one.splitlines()), 1)
        self.assertRegex(one, rf"Session {session_id} ended: complete")
        self.assertEqual(answers.split(), ["2", "200", "ok", "1", "405", "METHOD_NOT_ALLOWED"])
        (request,) = map(json.loads, slow.splitlines())
        self.assertEqual((request["method"], request["path"]), ("POST", "/api/config"))
        self.assertGreater(request["duration_ms"], 1000)
        self.assertEqual(len(journal_heads(heads.splitlines())), len(heads.splitlines()))
        self.assertGreaterEqual(len(heads.splitlines()), 2)
        self.assertEqual(restarted, '{"event":"before"}\n{"event":"after"}\n')

    async def captured(self) -> tuple[str, str]:
        """What a daemon writes to the journal in its life, and what one that is refused does; a session's id."""
        file = folder_for(self) / "alie.env"
        file.write_text("")
        daemon = start(self, "--env-file", str(file), program=AS_IN_THE_JOURNAL)
        url = await daemon.listening
        for _ in range(2):
            await fetch(f"{url}/api/config")
        slow = Slow()
        host, _, port = url.removeprefix("http://").partition(":")
        await connectProtocol(HostnameEndpoint(reactor, host, int(port)), slow)
        await slow.ask()
        session_id = await dictate(url)
        file.write_text("LOG_LEVEL=loud\n")
        daemon.stop("HUP")
        await until(daemon, "reload.failed")
        daemon.stop()
        await daemon.ended
        refused = start(self, PORT="http")
        await refused.ended
        return refused.err + daemon.out, session_id

    def asked(self, captured: str, session_id: str) -> list[str]:
        """What the page's commands say; runs in a thread."""
        machine = Machine.made(folder_for(self) / "tree", "systemd-sysv", "jq")
        try:
            return self.in_machine(machine, captured, session_id)
        finally:
            machine.remove()

    @staticmethod
    def in_machine(machine: Machine, captured: str, session_id: str) -> list[str]:
        """The commands, one by one; those that follow the journal for ever end at its end here."""
        (machine.tree / "captured").write_text(captured)
        (machine.tree / "etc/systemd/system/alie-backend.service").write_text(UNIT)
        machine.boot()
        machine.run("mkfifo /run/more; systemctl start alie-backend")
        machine.run("until journalctl -u alie-backend -o cat | grep -q 'Server Shut Down'; do true; done")
        first, second = (block.text for block in runbook.blocks("Logs") if block.test.endswith("_journal.py"))
        found = [machine.run(line.replace(" -f", "")) for line in first.splitlines()]
        set_log, set_session, *asked = second.splitlines()
        assert set_session.startswith("session=")
        found += [machine.run(f"{set_log}\nsession={session_id}\n{line}") for line in asked]
        compliance = (Path(runbook.PAGE).parent / "compliance.md").read_text()
        (heads,) = re.findall(r"`(journalctl [^`]*-g [^`]*)`", compliance)
        return [*found, machine.run(heads), machine.run(RESTART)]
