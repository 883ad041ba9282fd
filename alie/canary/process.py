"""What the kernel shows of a running daemon: environment, command line, open files, core dumps. Linux: proc(5)."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from alie.canary.search import FOUND, NOT_SEARCHED, SEARCHED, Finding, Search, finding

_DELETED = " (deleted)"
_CORE = re.compile(r"^Max core file size +(\S+) +(\S+)", re.MULTILINE)
_SYSTEM_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")


class Process:
    """A daemon.

    Args:
        pid: its process id.
        proc: where proc(5) is.
    """

    def __init__(self, pid: int, proc: Path = Path("/proc")) -> None:
        self.pid = pid
        self._folder = proc / str(pid)

    def environment(self) -> dict[str, str] | None:
        """What it was started with; None where only root may see that."""
        try:
            content = (self._folder / "environ").read_bytes()
        except OSError:
            return None
        pairs = (part.decode("utf-8", "replace").partition("=") for part in content.split(b"\0") if part)
        return {name: value for name, _, value in pairs}

    def unit(self) -> str | None:
        """The systemd unit that it belongs to, if any."""
        try:
            lines = (self._folder / "cgroup").read_text().splitlines()
        except OSError:
            return None
        parts = [part for line in lines for part in line.rpartition(":")[2].split("/") if part.endswith(".service")]
        return parts[-1] if parts else None

    def temporary_folders(self) -> list[Path]:
        """Where its temporary files would be, as it sees them: systemd may give a service a /tmp of its own."""
        named = (self.environment() or {}).get("TMPDIR")
        folders = [Path(name) for name in ((named,) if named else _SYSTEM_TEMPORARY)]
        root = self._folder / "root"
        return [root / folder.relative_to("/") for folder in folders] if os.access(root, os.X_OK) else folders

    def owns(self, path: Path) -> bool:
        """Whether a file is of its user: others' temporary files are nothing of its."""
        return path.stat().st_uid == self._user()

    def working_folder(self) -> Path | None:
        """Where it runs; None where that cannot be seen."""
        try:
            return Path(os.readlink(self._folder / "cwd"))
        except OSError:
            return None

    def temporary_files(self) -> list[str]:
        """Names of its open files that are deleted already.

        Raises:
            OSError: only root may see them.
        """
        return [target for _, target in self._open_files() if target.endswith(_DELETED)]

    def findings(self, search: Search) -> list[Finding]:
        """What became of each of the kernel's files about it."""
        return [
            search.file("process environment", self._folder / "environ"),
            search.file("process command line", self._folder / "cmdline"),
            self._search_open_files(search),
            self._core_dumps(),
        ]

    def _search_open_files(self, search: Search) -> Finding:
        place = "deleted files it has open"
        try:
            files = [(path, target) for path, target in self._open_files() if target.endswith(_DELETED)]
        except OSError as error:
            return Finding(place, NOT_SEARCHED, f"{error.filename}: {error.strerror}")
        found = [search.file(place, path) for path, _ in files]
        worst = [one for state in (FOUND, NOT_SEARCHED) for one in found if one.state == state]
        return worst[0] if worst else Finding(place, SEARCHED, f"{len(found)} files")

    def _open_files(self) -> list[tuple[Path, str]]:
        """Regular files: where they can be read, and their names."""
        found = []
        for path in sorted((self._folder / "fd").iterdir()):
            try:
                if stat.S_ISREG(path.stat().st_mode):
                    found.append((path, os.readlink(path)))
            except FileNotFoundError:
                continue  # closed meanwhile
        return found

    def _core_dumps(self) -> Finding:
        place = "core dumps"
        try:
            limits = _CORE.search((self._folder / "limits").read_text())
            # Of a process that cannot be dumped these belong to root (proc(5)).
            owner, user = (self._folder / "environ").lstat().st_uid, self._user()
        except OSError as error:
            return Finding(place, NOT_SEARCHED, f"{error.filename}: {error.strerror}")
        told = []
        if limits is None or limits.groups() != ("0", "0"):
            told.append("the limit of their size is not 0")
        if user != 0 and owner == user:
            told.append("the process is dumpable")
        return finding(place, told, "none can be written")

    def _user(self) -> int:
        status = (self._folder / "status").read_text()
        return int(status.partition("\nUid:")[2].split()[1])


def listener(port: int, proc: Path = Path("/proc")) -> int | None:
    """The process that listens on a TCP port of this machine; None where none is seen: only root sees all.

    Args:
        port: 1..65535.
        proc: where proc(5) is.
    """
    inodes = {f"socket:[{inode}]" for name in ("tcp", "tcp6") for inode in _listening(proc / "net" / name, port)}
    for folder in proc.iterdir():
        if folder.name.isdigit() and inodes & _links(folder / "fd"):
            return int(folder.name)
    return None


def _listening(table: Path, port: int) -> list[str]:
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return []
    # Columns: local address in hexadecimal, and state, of which 0A is LISTEN.
    return [row[9] for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port]


def _links(folder: Path) -> set[str]:
    try:
        names = list(folder.iterdir())
    except OSError:
        return set()
    found = set()
    for name in names:
        try:
            found.add(os.readlink(name))
        except OSError:
            continue
    return found
