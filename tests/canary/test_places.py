"""Tests of the places that alie.canary searches: files, folders, processes, journals, and the report of them."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.canary.journal import search_unit
from alie.canary.needles import Needles, Secret
from alie.canary.process import Process, listener
from alie.canary.report import CANARY_FILE, Report
from alie.canary.search import FOUND, NOT_SEARCHED, SEARCHED, Finding, Search
from tests.cli.files import folder_for

WORD = "zyxquorblim"
SEARCH = Search(Needles([Secret("phrase", WORD)]))
STATUS = "Name:\tx\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n"
LIMITS = "Limit  Soft Limit  Hard Limit  Units\nMax core file size   {0}   {0}   bytes\n"


class FolderTests(SynchronousTestCase):
    """A folder with files in it."""

    def setUp(self) -> None:
        self.folder = folder_for(self)
        (self.folder / "below").mkdir()

    def test_content(self) -> None:
        """Which file, and where in it; never what."""
        (self.folder / "below/a").write_text(f"before {WORD}")
        found = SEARCH.folder("files", self.folder)
        self.assertEqual(found, Finding("files", FOUND, f"phrase as text in {self.folder}/below/a at byte 7"))

    def test_name(self) -> None:
        """The name is not told either."""
        (self.folder / "below" / WORD).touch()
        found = SEARCH.folder("files", self.folder)
        self.assertEqual((found.state, WORD in found.detail), (FOUND, False))

    def test_not_wanted(self) -> None:
        """What is searched elsewhere."""
        (self.folder / "a").write_text(WORD)
        self.assertEqual(SEARCH.folder("files", self.folder, lambda path: path.name != "a").state, SEARCHED)

    def test_links(self) -> None:
        """Are not followed, nor are pipes waited for."""
        other = folder_for(self)
        (other / "a").write_text(WORD)
        (self.folder / "link").symlink_to(other)
        os.mkfifo(self.folder / "pipe")
        self.assertEqual(SEARCH.folder("files", self.folder).state, SEARCHED)

    def test_none(self) -> None:
        """A folder that is not there is not a clean one; neither is a file."""
        self.assertEqual(SEARCH.folder("files", self.folder / "no").state, NOT_SEARCHED)
        self.assertEqual(SEARCH.file("file", self.folder / "no").state, NOT_SEARCHED)


class ProcessTests(SynchronousTestCase):
    """A process as proc(5) would show it."""

    def setUp(self) -> None:
        self.proc = folder_for(self)
        self.folder = self.proc / "7"
        (self.folder / "fd").mkdir(parents=True)
        self.write(environ=b"A=b\0TMPDIR=/x\0", cmdline=b"twistd\0", limits=LIMITS.format(0).encode())
        self.write(status=STATUS.format(uid=os.getuid() + 1).encode(), cgroup=b"0::/system.slice/alie.service\n")
        self.process = Process(7, self.proc)

    def write(self, **files: bytes) -> None:
        """Its files."""
        for name, content in files.items():
            (self.folder / name).write_bytes(content)

    def states(self) -> dict[str, str]:
        """By place."""
        return {finding.place: finding.state for finding in self.process.findings(SEARCH)}

    def test_clean(self) -> None:
        """Four places, nothing in them."""
        self.assertEqual(set(self.states().values()), {SEARCHED})
        self.assertEqual(self.process.environment(), {"A": "b", "TMPDIR": "/x"})
        self.assertEqual(self.process.unit(), "alie.service")
        self.assertEqual(self.process.temporary_folders(), [Path("/x")])

    def test_environment_and_command_line(self) -> None:
        """Both may be read by others."""
        self.write(environ=f"T={WORD}".encode(), cmdline=f"x\0{WORD}".encode())
        found = {place for place, state in self.states().items() if state == FOUND}
        self.assertEqual(found, {"process environment", "process command line"})

    def test_core_dumps(self) -> None:
        """They must be off, in both limits, and the process not dumpable."""
        self.write(limits=LIMITS.format("unlimited").encode())
        self.assertEqual(self.states()["core dumps"], FOUND)

    def test_dumpable(self) -> None:
        """Then its files are its own user's."""
        os.chown(self.folder / "environ", os.getuid(), -1)
        self.write(status=STATUS.format(uid=os.getuid()).encode())
        self.assertEqual(self.states()["core dumps"], FOUND if os.getuid() else SEARCHED)

    def test_deleted_file(self) -> None:
        """Of this process, since no link of ours can lead to a file that is gone."""
        path = folder_for(self) / "temporary"
        with path.open("w+") as file:
            file.write(WORD)
            file.flush()
            path.unlink()
            process = Process(os.getpid())
            found = {finding.place: finding for finding in process.findings(SEARCH)}["deleted files it has open"]
            self.assertEqual(found.state, FOUND)
            self.assertIn(f"{path} (deleted)", process.temporary_files())

    def test_gone(self) -> None:
        """Nothing can be searched."""
        states = {finding.state for finding in Process(8, self.proc).findings(SEARCH)}
        self.assertEqual(states, {NOT_SEARCHED})

    def test_listener(self) -> None:
        """Who listens on a port; on another, nobody."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.assertEqual(listener(server.getsockname()[1]), os.getpid())
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            self.assertIsNone(listener(bound.getsockname()[1]))


class JournalTests(SynchronousTestCase):
    """journalctl, as a program that stands in for it."""

    def journal(self, script: str) -> Finding:
        """What is found in what it writes."""
        path = folder_for(self) / "journalctl"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        return search_unit(SEARCH, "alie.service", 1764000000.5, str(path))

    def test_asked(self) -> None:
        """For this unit, since then."""
        found = self.journal(f'case "$*" in *"-u alie.service --since=@1764000000") echo {WORD};; esac')
        self.assertEqual(found.state, FOUND)
        self.assertEqual(self.journal("echo nothing").state, SEARCHED)

    def test_not_searched(self) -> None:
        """Nothing that can be read, a failure, no program, no unit: none of them counts as clean."""
        self.assertEqual({self.journal("true").state, self.journal("exit 1").state}, {NOT_SEARCHED})
        self.assertIn("--journal", search_unit(SEARCH, "alie", 0, "/nonexistent/journalctl").detail)
        self.assertEqual(search_unit(SEARCH, None, 0).state, NOT_SEARCHED)


class ReportTests(SynchronousTestCase):
    """What is kept."""

    def test_kept(self) -> None:
        """In place of the last one, for its owner only."""
        folder = folder_for(self)
        (folder / CANARY_FILE).write_text("x")
        report = Report("2026-11-24T00:00:00.000Z", "u", [Finding("a", SEARCHED, ""), Finding("b", NOT_SEARCHED, "")])
        path = report.keep(folder)
        self.assertEqual(json.loads(path.read_text()), report.content())
        self.assertEqual((stat.S_IMODE(path.stat().st_mode), os.listdir(folder)), (0o600, [CANARY_FILE]))
        self.assertEqual((report.content()["ok"], report.content()["complete"]), (True, False))

    def test_found(self) -> None:
        """One place is enough."""
        report = Report("t", "u", [Finding("a", SEARCHED, ""), Finding("b", FOUND, "")])
        self.assertFalse(report.is_good)
        self.assertEqual(report.summary, "SOMETHING WAS FOUND in 1 places")
