"""Tests of alie.audit.writer, appender and recovery on real files: restarts, crashes, rotation, a disk that fails."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import stat

from twisted.trial.unittest import SynchronousTestCase

from alie.audit import verdict as kind
from alie.audit.chain import read_line
from alie.audit.errors import AuditError
from alie.audit.fields import fields
from alie.audit.files import CURRENT, FOLDER, all_lines, log_files
from alie.audit.writer import Entry, Writer
from tests.audit.logs import CALLER, NOW_S, OWN_KEY, event, judged_folder, kinds
from tests.cli.files import folder_for


def entries(count: int) -> list[Entry]:
    """Ends of dictations."""
    return [(NOW_S + number, fields(event(number), CALLER)) for number in range(count)]


class FailingDisk:
    """As `os.write`, with room for so many bytes."""

    def __init__(self, room: int = 1 << 40) -> None:
        self.room = room

    def __call__(self, file: int, content: bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        count = os.write(file, content[: self.room])
        self.room -= count
        return count


class WriterTestCase(SynchronousTestCase):
    """A folder, and writers in it."""

    def setUp(self) -> None:
        self.state = folder_for(self)
        self.folder = self.state / FOLDER
        self.path = self.folder / CURRENT

    def writer(self, max_bytes: int = 1 << 30, disk: FailingDisk | None = None) -> Writer:
        return Writer(self.folder, OWN_KEY, lambda: NOW_S, max_bytes, disk or os.write)

    def opened(self, max_bytes: int = 1 << 30, disk: FailingDisk | None = None) -> Writer:
        writer = self.writer(max_bytes, disk)
        self.assertEqual(writer.open().trouble, "")
        return writer

    def actions(self) -> list[str]:
        """Of all lines; "head" for heads."""
        return [read_line(line.content).get("action", "head") for line in all_lines(self.folder)]

    def assertGood(self, *notes: str) -> None:
        """Nothing is wrong, and this is what should be known."""
        verdict = judged_folder(self.state)
        self.assertEqual((kinds(verdict), [note.kind for note in verdict.notes]), ([], list(notes)))


class ContinuityTests(WriterTestCase):
    """From one start to the next."""

    def test_a_life(self) -> None:
        writer = self.opened()
        written = writer.write(entries(2), must_sync=False)
        self.assertEqual((written.heads, written.is_synced), ((), False))
        self.assertEqual(len(writer.close().heads), 1)
        self.assertEqual(self.actions(), ["audit.start", "head", *["dictation.end"] * 2, "audit.stop", "head"])
        self.assertGood()

    def test_a_head_every_hundred_entries(self) -> None:
        writer = self.opened()
        self.assertEqual([head.seq for head in writer.write(entries(250), must_sync=False).heads], [103, 204])
        writer.close()
        self.assertGood()

    def test_the_next_start_goes_on(self) -> None:
        for _ in range(3):
            writer = self.opened()
            writer.write(entries(3), must_sync=True)
            writer.close()
        self.assertGood()
        self.assertEqual(judged_folder(self.state).last_seq, 3 * 7)

    def test_a_start_after_a_crash_tells_what_was_not_signed(self) -> None:
        writer = self.opened()
        writer.write(entries(7), must_sync=True)
        writer._file.release()
        self.opened().close()
        self.assertGood(kind.UNCLEAN)
        start = read_line([line.content for line in all_lines(self.folder)][9])
        self.assertEqual((start["action"], start["details"]["unsigned"]), ("audit.start", 7))

    def test_one_daemon_a_folder(self) -> None:
        writer = self.opened()
        error = self.assertRaises(AuditError, self.writer().open)
        self.assertIn("Another daemon", str(error))
        writer.close()
        self.opened().close()
        self.assertGood()

    def test_nobody_else_can_read(self) -> None:
        self.folder.mkdir(parents=True, mode=0o755)
        self.path.touch(0o644)
        self.opened().close()
        self.assertEqual(stat.S_IMODE(self.folder.stat().st_mode), 0o700)
        self.assertEqual({stat.S_IMODE(path.stat().st_mode) for path in self.folder.iterdir()}, {0o600})

    def test_a_folder_that_cannot_be(self) -> None:
        self.folder.write_bytes(b"")
        self.assertIn("cannot be opened", str(self.assertRaises(AuditError, self.writer().open)))


class CrashTests(WriterTestCase):
    """The daemon, or the machine, ends at any moment."""

    def test_at_every_byte(self) -> None:
        """Nothing that is there is cut off; what broke off is recorded as such."""
        self.opened().close()
        writer = self.opened()
        writer.write(entries(1), must_sync=True)
        writer.close()
        content = self.path.read_bytes()
        ends = {at for at, byte in enumerate(content) if byte == ord("\n")}
        moments = {0, *range(1, len(content), 61), *(at + more for at in ends for more in (-1, 0, 1))}
        for moment in sorted(moments - {len(content)}):
            shutil.rmtree(self.folder)
            self.folder.mkdir()
            self.path.write_bytes(content[:moment])
            self.opened().close()
            self.assertEqual(self.path.read_bytes()[:moment], content[:moment])
            verdict = judged_folder(self.state)
            self.assertEqual(kinds(verdict), [], moment)
            is_torn = moment > 0 and not {moment - 1, moment} & ends
            self.assertEqual(kind.RECOVERED in {note.kind for note in verdict.notes}, is_torn, moment)

    def test_zeros_at_the_end(self) -> None:
        """As some file systems leave them when the power fails."""
        self.opened().close()
        with self.path.open("ab") as file:
            file.write(bytes(3000))
        self.opened().close()
        self.assertGood(kind.RECOVERED)

    def test_after_logrotate(self) -> None:
        """The torn line is in a file that was given another name."""
        writer = self.opened()
        writer.write(entries(1), must_sync=True)
        writer._file.release()
        self.path.rename(self.folder / "audit.jsonl.1")
        with (self.folder / "audit.jsonl.1").open("ab") as file:
            file.write(b'{"action":"dict')
        self.opened().close()
        self.assertGood(kind.RECOVERED, kind.UNCLEAN)

    def test_between_the_two_steps_of_a_rotation(self) -> None:
        self.opened().close()
        self.path.rename(self.folder / "audit-000000000001.jsonl")
        self.opened().close()
        self.assertGood()


class RotationTests(WriterTestCase):
    """By us, and by logrotate."""

    def test_ours(self) -> None:
        writer = self.opened(max_bytes=4000)
        for _ in range(10):
            writer.write(entries(5), must_sync=False)
        writer.close()
        names = [path.name for path in log_files(self.folder)]
        self.assertGreater(len(names), 3)
        self.assertEqual((names[0], names[-1]), ("audit-000000000001.jsonl", CURRENT))
        self.assertGood()
        for path in log_files(self.folder)[:-1]:
            self.assertIn(b'"type":"head"', path.read_bytes().splitlines()[-1])
        self.opened().close()
        self.assertGood()

    def test_all_that_is_there_is_compressed(self) -> None:
        """A start goes on after it, or says which file it cannot read."""
        self.opened().close()
        compressed = self.folder / "audit.jsonl.1.gz"
        compressed.write_bytes(gzip.compress(self.path.read_bytes()))
        self.path.unlink()
        self.opened().close()
        self.assertGood()
        compressed.write_bytes(b"\x1f\x8b" + bytes(100))
        error = self.assertRaises(AuditError, self.writer().open)
        self.assertIn(f"{compressed}: the compressed file is damaged", str(error))

    def test_a_name_that_is_taken(self) -> None:
        self.folder.mkdir(parents=True)
        taken = self.folder / "audit-000000000001.jsonl"
        taken.write_bytes(b"")
        self.opened(max_bytes=1).close()
        self.assertEqual(taken.read_bytes(), b"")
        self.assertGood()

    def test_a_file_that_is_missing_afterwards(self) -> None:
        writer = self.opened(max_bytes=4000)
        for _ in range(10):
            writer.write(entries(5), must_sync=False)
        writer.close()
        log_files(self.folder)[1].unlink()
        self.assertEqual(kinds(judged_folder(self.state)), [kind.GAP])
        log_files(self.folder)[0].unlink()
        self.assertEqual(kinds(judged_folder(self.state)), [kind.BEGINNING])

    def test_renamed_by_logrotate(self) -> None:
        """With and without a new file, once compressed."""
        writer = self.opened()
        for number in (3, 2, 1):
            writer.write(entries(2), must_sync=False)
            self.path.rename(self.folder / f"audit.jsonl.{number}")
            if number == 2:
                self.path.touch(0o640)
        writer.close()
        old = self.folder / "audit.jsonl.3"
        (self.folder / "audit.jsonl.3.gz").write_bytes(gzip.compress(old.read_bytes()))
        old.unlink()
        self.assertGood()
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)

    def test_copied_and_cut_by_logrotate(self) -> None:
        """The copy carries the chain on; what came between copy and cut is a gap."""
        writer = self.opened()
        writer.write(entries(2), must_sync=True)
        shutil.copy(self.path, self.folder / "audit.jsonl.1")
        os.truncate(self.path, 0)
        writer.write(entries(2), must_sync=True)
        self.assertIn(kind.DISTURBED, [note.kind for note in judged_folder(self.state).notes])
        self.assertEqual(kinds(judged_folder(self.state)), [])
        shutil.copy(self.path, self.folder / "audit.jsonl.2")
        writer.write(entries(1), must_sync=True)
        os.truncate(self.path, 0)
        writer.close()
        self.assertEqual(kinds(judged_folder(self.state)), [kind.GAP])

    def test_somebody_else_writes(self) -> None:
        writer = self.opened()
        with self.path.open("ab") as file:
            file.write(b"hello\n")
        writer.write(entries(1), must_sync=True)
        writer.close()
        self.assertEqual(kinds(judged_folder(self.state)), [kind.UNREADABLE])
        self.assertIn("audit.disturbed", self.path.read_text())


class FailingDiskTests(WriterTestCase):
    """What could not be written is written as soon as it can be, each byte once."""

    def test_at_every_boundary(self) -> None:
        for room in (0, 1, 200, 500, 700):
            disk = FailingDisk()
            writer = self.opened(disk=disk)
            disk.room = room
            written = writer.write(entries(2), must_sync=True)
            trouble = "The audit log cannot be written: No space left on device (ENOSPC)"
            self.assertEqual((written.trouble, written.heads), (trouble, ()))
            self.assertEqual(writer.write(entries(1), must_sync=True).trouble, trouble)
            disk.room = 1 << 40
            self.assertEqual(writer.write(entries(1), must_sync=True).trouble, "")
            self.assertEqual(writer.close().trouble, "")
            self.assertGood()

    def test_a_head_is_told_once_it_is_written(self) -> None:
        disk = FailingDisk()
        writer = self.opened(disk=disk)
        disk.room = 5000
        self.assertEqual(writer.write(entries(150), must_sync=True).heads, ())
        disk.room = 1 << 40
        self.assertEqual([head.seq for head in writer.write((), must_sync=True).heads], [103])
        writer.close()

    def test_full_at_the_start(self) -> None:
        writer = self.writer(disk=FailingDisk(10))
        self.assertIn("ENOSPC", writer.open().trouble)
        self.assertIn("ENOSPC", writer.close().trouble)
        self.assertGreater(writer.waiting_bytes, 0)
        self.opened().close()
        self.assertGood(kind.RECOVERED)

    def test_a_real_limit_of_the_system(self) -> None:
        """No more than so many bytes a file: a write stops half-way, and the next one fails with EFBIG."""
        import resource

        writer = self.opened()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.path.stat().st_size + 100, hard))
        try:
            written = writer.write(entries(3), must_sync=True)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        self.assertIn("EFBIG", written.trouble)
        self.assertEqual(writer.close().trouble, "")
        self.assertGood()

    def test_a_folder_that_is_gone(self) -> None:
        writer = self.opened()
        shutil.rmtree(self.folder)
        self.assertIn("ENOENT", writer.write(entries(1), must_sync=True).trouble)
        self.folder.mkdir(mode=0o700)
        self.assertEqual(writer.close().trouble, "")
        self.assertEqual(kinds(judged_folder(self.state)), [kind.BEGINNING])
