"""The systemd unit of the daemon, as far as its file tells (systemd.exec(5), systemd.unit(5))."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
    """

    name: str
    path: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def env_file(self) -> str | None:
        """Its EnvironmentFile; None: it has none."""
        return self.settings.get("EnvironmentFile", "").removeprefix("-") or None

    @property
    def user(self) -> str:
        """Whose the daemon is; root where the unit does not say."""
        return self.settings.get("User") or "root"

    @property
    def environment(self) -> dict[str, str]:
        """What systemd tells the daemon about its folders."""
        found = {}
        for setting, name, above in (
            ("StateDirectory", "STATE_DIRECTORY", "/var/lib"),
            ("CacheDirectory", "CACHE_DIRECTORY", "/var/cache"),
        ):
            folder = self.settings.get(setting, "").split(" ")[0].partition(":")[0]
            if folder:
                found[name] = f"{above}/{folder}"
        return found


def find(name: str, folders: Sequence[Path] = FOLDERS) -> Unit | None:
    """The unit of a name, or in a file.

    Args:
        name: such as "alie-backend.service" or "alie-backend@3002.service", or the path of a file.
        folders: where units are, the first before the others.
    """
    if "/" in name:
        path = Path(name)
        return Unit(path.name, path, _read([path], "")) if path.is_file() else None
    head, mark, rest = name.partition("@")
    instance, kind = rest.rpartition(".")[0] if mark else "", name.rpartition(".")[2]
    of_template = [f"{head}@.{kind}"] if mark else []
    for file in (name, *of_template):
        for folder in folders:
            if (folder / file).is_file():
                return Unit(name, folder / file, _read([folder / file, *_drop_ins((file, name), folders)], instance))
    return None


def _drop_ins(files: Sequence[str], folders: Sequence[Path]) -> list[Path]:
    found = {path.name: path for folder in reversed(folders) for file in files for path in _in(folder / f"{file}.d")}
    return [found[name] for name in sorted(found)]


def _in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.conf")) if folder.is_dir() else []


def _read(paths: Sequence[Path], instance: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        section = ""
        for line in path.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ").splitlines():
            name, mark, text = line.strip().partition("=")
            if name.startswith("["):
                section = name
            elif mark and section == "[Service]" and not name.startswith(("#", ";")):
                found[name.strip()] = text.strip().replace("%i", instance).replace("%I", instance)
    return found
