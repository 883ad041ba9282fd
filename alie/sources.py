"""Where settings come from: options win over the environment, and that over the file of --env-file; at start, and
again whenever the daemon is told to reload."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dotenv import dotenv_values


class SourceError(Exception):
    """A file of settings cannot be read; the text says which."""


class Sources:
    """The three places.

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
        self._environment = dict(environment)
        self._given = dict(given)
        self._is_first = True

    def read(self) -> dict[str, str]:
        """What is set anywhere, by name.

        Raises:
            SourceError: the file cannot be read.
        """
        in_file = _read(self._env_file)
        if self._is_first:
            self._is_first = False
            found = {**in_file, **self._environment, **self._given}
            own = self._environment.items()
            self._environment = {name: text for name, text in own if in_file.get(name) != text}
            return found
        return {**in_file, **self._environment, **self._given}


def _read(path: str | None) -> dict[str, str]:
    if path is None:
        return {}
    if not os.path.isfile(path) or not os.access(path, os.R_OK):
        raise SourceError(f"--env-file {path} cannot be read")
    values = dotenv_values(path, interpolate=False)
    return {name: text for name, text in values.items() if text is not None}
