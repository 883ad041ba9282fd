"""Looks for secrets in bytes, files and folders, and says of each place what became of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from alie.canary.needles import Hit, Needles

SEARCHED, FOUND, NOT_SEARCHED = "searched", "FOUND", "not searched"
_TOLD = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one place.

    Attributes:
        place: its name.
        state: `SEARCHED` (and nothing was there), `FOUND` or `NOT_SEARCHED`.
        detail: how much was searched; or what was found, where and in which form, never the secret itself; or why not.
    """

    place: str
    state: str
    detail: str


class Search:
    """Searches one place after the other.

    Args:
        needles: what to look for.
    """

    def __init__(self, needles: Needles) -> None:
        self._needles = needles

    def data(self, place: str, data: bytes) -> Finding:
        """Bytes that are at hand."""
        hits = self._needles.find(data)
        return finding(place, _told(hits, place), f"{len(data)} bytes")

    def file(self, place: str, path: Path) -> Finding:
        """One file."""
        try:
            with path.open("rb") as stream:
                hits = self._needles.scan(stream)
                size = stream.tell()
        except OSError as error:
            return Finding(place, NOT_SEARCHED, f"{path}: {error.strerror}")
        return finding(place, _told(hits, str(path)), f"{path}, {size} bytes")

    def folder(self, place: str, path: Path, is_wanted: Callable[[Path], bool] = lambda path: True) -> Finding:
        """All files below a folder, and their names; links are not followed.

        Args:
            place: its name.
            path: of the folder.
            is_wanted: whether a file is to be searched at all.
        """
        if not path.is_dir():
            return Finding(place, NOT_SEARCHED, f"{path} is no folder that can be seen from here")
        told: list[str] = []
        missed: list[str] = []
        count = 0
        for file in _files(path, missed):
            try:
                if not is_wanted(file):
                    continue
                told += _told(self._name(file, path), f"the name of a file in {path}")
                with file.open("rb") as stream:
                    told += _told(self._needles.scan(stream), str(file))
                count += 1
            except FileNotFoundError:
                continue  # gone meanwhile
            except OSError as error:
                missed.append(f"{file}: {error.strerror}")
        if missed and not told:
            return Finding(place, NOT_SEARCHED, f"{len(missed)} of {count + len(missed)} files, such as {missed[0]}")
        return finding(place, told, f"{path}, {count} files")

    def _name(self, file: Path, folder: Path) -> list[Hit]:
        return self._needles.find(os.fsencode(file.relative_to(folder)))


def finding(place: str, told: list[str], searched: str) -> Finding:
    """What became of a place that could be searched.

    Args:
        place: its name.
        told: what was found; empty: nothing.
        searched: how much was.
    """
    if not told:
        return Finding(place, SEARCHED, searched)
    more = f"; and {len(told) - _TOLD} more" if len(told) > _TOLD else ""
    return Finding(place, FOUND, "; ".join(told[:_TOLD]) + more)


def _told(hits: list[Hit], where: str) -> list[str]:
    """One sentence for each label: a phrase has many words, and a word many forms."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(hit.label, hit)
    return [f"{hit.label} as {hit.form} in {where} at byte {hit.offset}" for hit in first.values()]


def _files(folder: Path, missed: list[str]) -> Iterator[Path]:
    def miss(error: OSError) -> None:
        missed.append(f"{error.filename}: {error.strerror}")

    for parent, _, names in os.walk(folder, onerror=miss):
        for name in sorted(names):
            path = Path(parent, name)
            try:
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path
            except OSError:
                continue  # gone meanwhile
