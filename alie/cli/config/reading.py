"""Where settings come from, as a command finds them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dotenv import dotenv_values

from alie.cli.unit import Unit
from alie.sources import CREDENTIAL

ENVIRONMENT, CREDENTIALS, FILE, UNIT, DEFAULT = "environment", "credential", "env file", "unit", "default"


@dataclass(frozen=True, slots=True)
class Given:
    """What was set where; what is empty is not set.

    Attributes:
        environment: of the process.
        in_file: of --env-file; empty where none was given.
        env_file: its name; None: none was given.
        credentials: of systemd (see `alie.sources`).
        in_unit: what systemd adds by itself where its file has nothing.
        by_unit: what systemd sets whatever its first file has: its other files, and the socket that it holds.
    """

    environment: Mapping[str, str] = field(repr=False)
    in_file: Mapping[str, str] = field(default_factory=dict, repr=False)
    env_file: str | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    in_unit: Mapping[str, str] = field(default_factory=dict, repr=False)
    by_unit: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def values(self) -> dict[str, str]:
        """By name, as the daemon reads them."""
        return {**self.in_unit, **self.in_file, **self.credentials, **self.by_unit, **self.environment}

    def source(self, name: str) -> str:
        """Where the value of a name comes from. What is set to nothing hides what the places below it have."""
        for source, values in (
            (ENVIRONMENT, self.environment),
            (UNIT, self.by_unit),
            (CREDENTIALS, self.credentials),
            (FILE, self.in_file),
            (UNIT, self.in_unit),
        ):
            if name in values:
                return source if values[name].strip() else DEFAULT
        return DEFAULT


def given(environ: Mapping[str, str], env_file: str | None, in_unit: Mapping[str, str] = {}) -> Given:
    """Reads the file and the credential, if there are any.

    Args:
        environ: of the process.
        env_file: of --env-file; None: there is none.
        in_unit: what systemd adds by itself; its name of the folder of credentials counts, too.

    Raises:
        OSError: one cannot be read.
        ValueError: one is not UTF-8.
    """
    in_file = {} if env_file is None else _read(env_file)
    folder = environ.get("CREDENTIALS_DIRECTORY") or in_unit.get("CREDENTIALS_DIRECTORY")
    credential = os.path.join(folder, CREDENTIAL) if folder else ""
    credentials = _read(credential) if os.path.exists(credential) else {}
    return Given(environ, in_file, env_file, credentials, in_unit)


def settings_of(environ: Mapping[str, str], named: str | None, unit: Unit | None) -> Given:
    """The settings as the daemon has them.

    Of several files that its unit names, the first is that of --env-file, and systemd reads the others over it. The
    socket that systemd holds for it counts more than any `HOST` and `PORT` there.

    Args:
        environ: of the process.
        named: file of settings; None: the unit's.
        unit: of systemd.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file is not UTF-8.
    """
    if unit is None:
        return given(environ, named)
    files = [file for file in unit.env_files if os.path.exists(file)]
    over: dict[str, str] = {}
    for file in files[1:]:
        over |= given({}, file).in_file
    if unit.listens is not None:
        over |= {"HOST": unit.listens[0], "PORT": str(unit.listens[1])}
    found = given(environ, named or (files[0] if files else None), unit.environment)
    return replace(found, by_unit=over)


def unreadable(error: OSError | ValueError, env_file: str | None) -> str:
    """What `given` raised, in a sentence that quotes nothing of a file.

    Args:
        error: as it was raised.
        env_file: that was given.
    """
    if isinstance(error, OSError):
        return f"the settings in {error.filename} cannot be read: {error.strerror}"
    return f"the settings in {env_file or CREDENTIAL} cannot be read: they are not UTF-8"


def _read(path: str) -> dict[str, str]:
    with open(path, encoding="utf-8") as file:
        values = dotenv_values(stream=file, interpolate=False)
    return {name: text for name, text in values.items() if text is not None}
