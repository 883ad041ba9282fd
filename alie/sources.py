"""Where settings come from: options win over the environment, that over the credentials of systemd, and those over the
file of --env-file; at start, and again whenever the daemon is told to reload."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

CREDENTIAL = "alie.env"
"""A credential of this name (LoadCredential= in a unit) is a file of settings, such as secrets for root alone."""


class SourceError(Exception):
    """A file of settings cannot be read; the text says which."""


class Sources:
    """All those places.

    A running process keeps the environment that it was started with, so of what is set there nothing could ever change.
    Where systemd has read the same file into it (EnvironmentFile), the file would therefore hide behind its own old
    text. So a name whose text was the same in both at start is the file's, and follows it.

    Args:
        env_file: name of the file; None: there is none.
        environment: of the process, as it was at start.
        given: by option.
    """

    def __init__(self, env_file: str | None, environment: Mapping[str, str], given: Mapping[str, str]) -> None:
        # A daemon in the background leaves the directory that it was started in.
        self._env_file = None if env_file is None else os.path.abspath(env_file)
        folder = environment.get("CREDENTIALS_DIRECTORY")
        self._credential = Path(folder) / CREDENTIAL if folder else None
        self._environment = dict(environment)
        self._given = dict(given)
        self._is_first = True

    def read(self) -> dict[str, str]:
        """What is set anywhere, by name.

        Raises:
            SourceError: a file cannot be read.
        """
        in_file = {} if self._env_file is None else _read(self._env_file, f"--env-file {self._env_file}")
        if self._is_first:
            own = self._environment.items()
            self._environment = {name: text for name, text in own if in_file.get(name) != text}
            self._is_first = False
        return {**in_file, **self._credentials(), **self._environment, **self._given}

    def _credentials(self) -> dict[str, str]:
        if self._credential is None or not self._credential.exists():
            return {}
        return _read(str(self._credential), f"the credential {CREDENTIAL}")


def _read(path: str, name: str) -> dict[str, str]:
    if not os.path.isfile(path) or not os.access(path, os.R_OK):
        raise SourceError(f"{name} cannot be read")
    values = dotenv_values(path, interpolate=False)
    return {name: text for name, text in values.items() if text is not None}
