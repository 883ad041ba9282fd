"""Tests of alie.logs.writer, over real pipes: what becomes of lines that nobody reads."""

from __future__ import annotations

import os
import re
import select
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.logs.writer import LineWriter
from tests.support.waiting import wait_until

LINE = b"x" * 4095 + b"\n"


class WriterTests(SynchronousTestCase):
    """`write` returns at once, whatever the other end does."""

    def setUp(self) -> None:
        self.reading, self.writing = os.pipe()
        self.addCleanup(self.close, "reading")
        self.addCleanup(self.close, "writing")

    def close(self, name: str) -> None:
        """One end, once."""
        fd = getattr(self, name)
        if fd >= 0:
            os.close(fd)
        setattr(self, name, -1)

    def writer(self, capacity: int = 8) -> LineWriter:
        """One that is told to end when the test does."""
        writer = LineWriter(self.writing, lambda count: b"lost %d\n" % count, capacity)
        # Whatever waits for the other end fails when that is closed.
        self.addCleanup(writer.close, 20.0)
        self.addCleanup(self.close, "reading")
        return writer

    def read_until(self, wanted: bytes) -> bytes:
        """What comes, up to what is wanted."""
        found = b""
        while wanted not in found:
            found += self.read()
        return found

    def read(self) -> bytes:
        """What has come; it is waited for at most 20 s."""
        if not select.select([self.reading], [], [], 20.0)[0]:
            self.fail("nothing came")
        return os.read(self.reading, 65536)

    def test_in_order(self) -> None:
        """Each line, once."""
        writer = self.writer(1000)
        lines = [b"line %d\n" % number for number in range(1000)]
        for line in lines:
            writer.write(line)
        self.assertEqual(self.read_until(lines[-1]), b"".join(lines))
        self.assertEqual(writer.lost, 0)

    def test_close_waits(self) -> None:
        """Until all is written; what comes later is lost, and counted."""
        writer = self.writer()
        writer.write(b"one\n")
        writer.close(20.0)
        writer.close(20.0)
        writer.write(b"two\n")
        self.assertEqual((os.read(self.reading, 100), writer.lost), (b"one\n", 1))

    def test_nobody_reads(self) -> None:
        """At the bound the newest are lost; the first that gets through tells how many."""
        writer = self.writer(8)
        for _ in range(100):
            writer.write(LINE)
        # The pipe holds 16, one is being written, 8 wait.
        self.assertGreaterEqual(writer.lost, 100 - 16 - 1 - 8)
        text, lost = b"", writer.lost
        while text.count(b"x\n") < 100 - lost or sum(map(int, re.findall(rb"lost (\d+)", text))) < lost:
            text += self.read()
        self.assertEqual(text.replace(b"x\n", b"").count(b"\n"), len(re.findall(rb"lost \d+\n", text)))

    def test_closing_while_nobody_reads(self) -> None:
        """Does not wait for ever."""
        writer = self.writer(100)
        for _ in range(100):
            writer.write(LINE)
        writer.close(0.01)

    def test_nobody_is_there(self) -> None:
        """The other end is closed: lines are counted, and nothing else happens."""
        self.close("reading")
        writer = self.writer()
        writer.write(b"one\n")
        writer.write(b"two\n")
        writer.close(20.0)
        self.assertEqual(writer.lost, 2)

    def test_somebody_comes_back(self) -> None:
        """A named pipe that is opened again takes lines again, and the first tells how many were lost."""
        path = Path(self.mktemp())
        os.mkfifo(path)
        self.close("reading")
        self.reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self.close("writing")
        self.writing = os.open(path, os.O_WRONLY)
        self.close("reading")
        writer = self.writer()
        writer.write(b"one\n")
        wait_until(lambda: writer.lost == 1)
        self.reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        writer.write(b"two\n")
        self.assertEqual(self.read_until(b"two\n"), b"lost 1\ntwo\n")

    def test_another_made_it_nonblocking(self) -> None:
        """Whoever shares the pipe may have; lines are whole all the same."""
        os.set_blocking(self.writing, False)
        writer = self.writer(100)
        for _ in range(50):
            writer.write(LINE)
        writer.write(b"end\n")
        self.assertEqual(self.read_until(b"end\n"), LINE * 50 + b"end\n")
        self.assertEqual(writer.lost, 0)
