"""What `alie check aws` needs to know: the daemon's settings of Amazon, from the environment and a file."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from dotenv import dotenv_values

from alie.settings import Settings
from alie.transcribe_settings import EngineSettings, read_engine


def add_file(environ: MutableMapping[str, str], name: str) -> None:
    """Adds what a file of settings has and the environment has not, as the daemon does with `--env-file`.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not UTF-8.
    """
    with open(name, encoding="utf-8") as file:
        values = dotenv_values(stream=file, interpolate=False)
    for key, text in values.items():
        if text:
            environ.setdefault(key, text)


def read(environ: Mapping[str, str]) -> EngineSettings:
    """Reads the names that matter here and no others.

    Raises:
        ValueError: with every fault, in sentences.
    """
    settings = Settings(environ)
    target = read_engine(settings, settings.text("AWS_REGION", "ca-central-1"))
    if settings.complaints:
        raise ValueError("; ".join(settings.complaints))
    return target
