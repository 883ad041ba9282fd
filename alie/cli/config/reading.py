"""Where settings come from, as a command finds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dotenv import dotenv_values

ENVIRONMENT, FILE, DEFAULT = "environment", "env file", "default"


@dataclass(frozen=True, slots=True)
class Given:
    """What was set where; what is empty is not set.

    Attributes:
        environment: of the process.
        in_file: of --env-file; empty where none was given.
        env_file: its name; None: none was given.
    """

    environment: Mapping[str, str] = field(repr=False)
    in_file: Mapping[str, str] = field(default_factory=dict, repr=False)
    env_file: str | None = None

    @property
    def values(self) -> dict[str, str]:
        """By name, as the daemon reads them."""
        return {**self.in_file, **self.environment}

    def source(self, name: str) -> str:
        """Where the value of a name comes from."""
        if self.environment.get(name, "").strip():
            return ENVIRONMENT
        # What is set to nothing in the environment hides the file's.
        return FILE if self.in_file.get(name, "").strip() and name not in self.environment else DEFAULT


def given(environ: Mapping[str, str], env_file: str | None) -> Given:
    """Reads the file, if there is one.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not UTF-8.
    """
    if env_file is None:
        return Given(environ)
    with open(env_file, encoding="utf-8") as file:
        values = dotenv_values(stream=file, interpolate=False)
    return Given(environ, {name: text for name, text in values.items() if text is not None}, env_file)
