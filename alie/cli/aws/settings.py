"""What `alie check aws` needs to know: some of the daemon's settings, from the environment and a file."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from dotenv import dotenv_values

from alie.engines.amazon.options import TRANSPORTS, AmazonOptions
from alie.settings import Settings


@dataclass(frozen=True, slots=True)
class Target:
    """What is checked.

    Attributes:
        options: region, host and certificates.
        streams: how many Alie opens at once; None where that is not set.
    """

    options: AmazonOptions
    streams: int | None = None


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


def read(environ: Mapping[str, str]) -> Target:
    """Reads the names that matter here and no others.

    Raises:
        ValueError: with every fault, in sentences.
    """
    settings = Settings(environ)
    region = settings.text("AWS_REGION", environ.get("AWS_DEFAULT_REGION") or "ca-central-1")
    endpoint = settings.text("ALIE_TRANSCRIBE_ENDPOINT")
    ca_file = settings.text("ALIE_TRANSCRIBE_CA_FILE")
    fips = settings.boolean("ALIE_TRANSCRIBE_FIPS", False)
    transport = settings.text("ALIE_TRANSCRIBE_TRANSPORT", "websocket", allowed=TRANSPORTS)
    streams = settings.integer("ALIE_TRANSCRIBE_STREAMS", 0, 1, 10_000)
    if settings.complaints:
        raise ValueError("; ".join(settings.complaints))
    options = AmazonOptions(region=region, endpoint=endpoint, ca_file=ca_file, fips=fips, transport=transport)
    return Target(options, streams or None)
