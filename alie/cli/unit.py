"""The systemd unit of the daemon, as far as its file tells (systemd.exec(5), systemd.unit(5))."""

from __future__ import annotations

import os
import pwd
import shlex
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_UNIT = "alie-backend.service"
FOLDERS = tuple(
    Path(name)
    for name in (
        "/etc/systemd/system",
        "/run/systemd/system",
        "/usr/local/lib/systemd/system",
        "/usr/lib/systemd/system",
        "/lib/systemd/system",
    )
)


@dataclass(frozen=True, slots=True)
class Unit:
    """What its file and drop-ins say.

    Attributes:
        name: such as "alie-backend.service".
        path: of its file.
        settings: of the section [Service]; where one is given several times, the last.
        sets: what its lines Environment= set.
        env_files: its lines EnvironmentFile=; the last wins.
        listens: address and port of the socket that systemd holds for it; None: it holds none.
    """

    name: str
    path: Path
    settings: dict[str, str] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)
    env_files: tuple[str, ...] = ()
    listens: tuple[str, int] | None = None

    @property
    def may_lock_memory(self) -> bool:
        """Whether it lets the daemon lock as much memory as it uses."""
        return self.settings.get("LimitMEMLOCK") == "infinity"

    @property
    def user(self) -> str:
        """Whose the daemon is; root where the unit does not say."""
        return self.settings.get("User") or "root"

    @property
    def environment(self) -> dict[str, str]:
        """What systemd sets for the daemon by itself, and tells it about its folders."""
        found = dict(self.sets)
        for setting, name, above in (
            ("StateDirectory", "STATE_DIRECTORY", "/var/lib"),
            ("CacheDirectory", "CACHE_DIRECTORY", "/var/cache"),
        ):
            folder = self.settings.get(setting, "").split(" ")[0].partition(":")[0]
            if folder:
                found[name] = f"{above}/{folder}"
        credentials = Path("/run/credentials") / self.name
        if os.access(credentials, os.R_OK | os.X_OK):
            found["CREDENTIALS_DIRECTORY"] = str(credentials)
        return found


def find(name: str, folders: Sequence[Path] = FOLDERS) -> Unit | None:
    """The unit of a name, or in a file.

    Args:
        name: such as "alie-backend.service" or "alie-backend@3002.service", or the path of a file.
        folders: where units are, the first before the others.
    """
    if "/" in name:
        path = Path(name)
        return _unit(path.name, [path], "", None) if path.is_file() else None
    files = _files(name, folders)
    if not files:
        return None
    head, mark, rest = name.rpartition(".")[0].partition("@")
    socket = _listens(_files(f"{head}{mark}{rest}.socket", folders), rest)
    return _unit(name, files, rest, socket)


def tell_folder(environ: MutableMapping[str, str], user: str, folders: Sequence[Path] = FOLDERS) -> None:
    """Tells a command where the daemon's state directory is, as systemd tells the daemon: else it would look at one in
    the home of who runs it, or make one there.

    Args:
        environ: of the process; what is there stays.
        user: who runs it: the daemon's own, or root. Anybody else has nothing to do with it.
        folders: where units are.
    """
    unit = find(DEFAULT_UNIT, folders)
    folder = unit.environment.get("STATE_DIRECTORY") if unit is not None and user in (unit.user, "root") else None
    if folder is not None:
        environ.setdefault("STATE_DIRECTORY", folder)


def user_name() -> str:
    """Who runs this process; empty: the system has no name for it."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return ""


def _files(name: str, folders: Sequence[Path]) -> list[Path]:
    """The file of a unit, or of its template, and its drop-ins in the order in which they count."""
    head, mark, rest = name.partition("@")
    names = [name, *([f"{head}@.{rest.rpartition('.')[2]}"] if mark else [])]
    for file in names:
        for folder in folders:
            if (folder / file).is_file():
                return [folder / file, *_drop_ins(names, folders)]
    return []


def _drop_ins(names: Sequence[str], folders: Sequence[Path]) -> list[Path]:
    found = {path.name: path for folder in reversed(folders) for one in names for path in _in(folder / f"{one}.d")}
    return [found[name] for name in sorted(found)]


def _in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.conf")) if folder.is_dir() else []


def _unit(name: str, paths: Sequence[Path], instance: str, listens: tuple[str, int] | None) -> Unit:
    lines = list(_lines(paths, "[Service]", instance))
    words = [word for setting, text in lines if setting == "Environment" for word in shlex.split(text)]
    return Unit(
        name,
        paths[0],
        settings=dict(lines),
        sets=dict(word.partition("=")[::2] for word in words),
        env_files=tuple(text.removeprefix("-") for setting, text in lines if setting == "EnvironmentFile"),
        listens=listens,
    )


def _listens(paths: Sequence[Path], instance: str) -> tuple[str, int] | None:
    for setting, text in _lines(paths, "[Socket]", instance):
        host, _, port = text.rpartition(":")
        if setting == "ListenStream" and port.isdigit():
            return host.strip("[]") or "127.0.0.1", int(port)
    return None


def _lines(paths: Sequence[Path], wanted: str, instance: str) -> Iterator[tuple[str, str]]:
    """What is set in one section, in order, with the instance in its place."""
    for path in paths:
        section = ""
        for line in path.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ").splitlines():
            name, mark, text = line.strip().partition("=")
            if name.startswith("["):
                section = name
            elif mark and section == wanted and not name.startswith(("#", ";")):
                yield name.strip(), text.strip().replace("%i", instance).replace("%I", instance)
