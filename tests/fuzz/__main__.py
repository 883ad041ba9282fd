"""Runs one target under libFuzzer: `python -m tests.fuzz TARGET [options of libFuzzer] [FOLDER of inputs]`."""

from __future__ import annotations

import sys
import tempfile
from importlib import import_module
from pathlib import Path

import atheris

TARGETS = ("bodies", "eventstream", "frames", "messages", "proofs", "requests", "session", "wire")


def main(arguments: list[str]) -> None:
    """Does not return: libFuzzer ends the process, with a traceback and another status than 0 if it found something."""
    name, *options = arguments[1:] or ["?"]
    if name not in TARGETS:
        sys.exit(f"usage: python -m tests.fuzz {{{','.join(TARGETS)}}} [-runs=N] [-max_total_time=SECONDS] [FOLDER]")
    # Only what is ours: what others' code does is not what we look for, and costs.
    with atheris.instrument_imports(include=["alie"]):
        target = import_module(f"tests.fuzz.{name}")
    atheris.Setup([arguments[0], *options, _seeds(target.SEEDS), *_dictionary(target.WORDS)], target.one)
    atheris.Fuzz()


def _seeds(seeds: tuple[bytes, ...]) -> str:
    """The option that names a file of files with these, in this order: from a folder they would come in any."""
    folder = Path(tempfile.mkdtemp())
    paths = [folder / str(number) for number in range(len(seeds))]
    for path, seed in zip(paths, seeds, strict=True):
        path.write_bytes(seed)
    listed = folder / "seeds"
    listed.write_text(",".join(map(str, paths)))
    return f"-seed_inputs=@{listed}"


def _dictionary(words: tuple[bytes, ...]) -> list[str]:
    """The option that names a file of these; none for none, which libFuzzer does not take."""
    if not words:
        return []
    path = Path(tempfile.mkdtemp(), "words")
    path.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in words))
    return [f"-dict={path}"]


main(sys.argv)
