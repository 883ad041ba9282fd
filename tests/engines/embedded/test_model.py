"""Where the model is found, and how it is joined."""

from __future__ import annotations

import hashlib
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded import model
from alie.engines.embedded.model import ModelError, ModelLocation, cache_directory, locate_model, verify
from tests.engines.embedded import small_model


class DirectoryTests(SynchronousTestCase):
    """The cache is where the service or the user has it."""

    def test_cache_directory(self) -> None:
        everything = {"CACHE_DIRECTORY": "/var/cache/alie:/other", "XDG_CACHE_HOME": "/x", "HOME": "/h"}
        self.assertEqual(cache_directory(everything), Path("/var/cache/alie"))
        self.assertEqual(cache_directory({"XDG_CACHE_HOME": "/x", "HOME": "/h"}), Path("/x/alie"))
        self.assertEqual(cache_directory({"HOME": "/h"}), Path("/h/.cache/alie"))


class OperatorsModelTests(SynchronousTestCase):
    """A directory of the operator's own is taken as it is."""

    def directory(self, *names: str) -> Path:
        directory = Path(self.mktemp())
        directory.mkdir(parents=True, exist_ok=True)
        for name in names:
            (directory / name).write_bytes(b"x")
        return directory

    def test_whole(self) -> None:
        directory = self.directory("config.json", "model.bin", "vocabulary.json")
        location = locate_model(str(directory))
        self.assertEqual(location, ModelLocation(directory))
        self.assertEqual(location.prepare(), directory)

    def test_incomplete(self) -> None:
        """What is missing is named."""
        for names, expected in (
            (("config.json", "vocabulary.txt"), "lacks model.bin"),
            (("config.json", "model.bin", "tokenizer.json"), "lacks vocabulary.json or vocabulary.txt"),
        ):
            with self.assertRaises(ModelError) as caught:
                locate_model(str(self.directory(*names)))
            self.assertIn(expected, str(caught.exception))

    def test_not_there(self) -> None:
        with self.assertRaises(ModelError):
            locate_model("/nowhere/at/all")


class JoiningTests(SynchronousTestCase):
    """Two halves become one model, checked, whole and narrowed, or nothing."""

    def setUp(self) -> None:
        base = small_model.write(Path(self.mktemp()))
        content = (base / "model.bin").read_bytes()
        parts = (base / "part1", base / "part2")
        parts[0].write_bytes(content[:50])
        parts[1].write_bytes(content[50:])
        self.narrowed = small_model.model_bytes(small_model.KEPT)
        beside = tuple(base / name for name in ("config.json", "tokenizer.json", "vocabulary.txt"))
        self.location = ModelLocation(base / "cache" / "model", parts, beside)
        self.patch(model, "NARROWED_BYTES", len(self.narrowed))
        self.patch(model, "MODEL_SHA256", hashlib.sha256(content).hexdigest())

    def names(self) -> list[str]:
        return sorted(path.name for path in self.location.directory.iterdir())

    def test_joined(self) -> None:
        """The joined model is readable by all, writable by its owner, and leaves no scratch behind."""
        directory = self.location.prepare()
        joined = directory / "model.bin"
        self.assertEqual(joined.read_bytes(), self.narrowed)
        self.assertEqual(self.names(), ["config.json", "model.bin", "tokenizer.json", "vocabulary.txt"])
        self.assertEqual({path.stat().st_mode & 0o777 for path in directory.iterdir()}, {0o644})

    def test_once(self) -> None:
        """What is joined is not joined again."""
        joined = self.location.prepare() / "model.bin"
        before = joined.stat().st_mtime_ns
        self.location.parts[0].unlink()
        self.location.prepare()
        self.assertEqual(joined.stat().st_mtime_ns, before)

    def test_half_written(self) -> None:
        """A model.bin of another size is replaced."""
        self.location.directory.mkdir(parents=True)
        (self.location.directory / "model.bin").write_bytes(self.narrowed[:-1])
        self.assertEqual((self.location.prepare() / "model.bin").read_bytes(), self.narrowed)

    def test_damaged(self) -> None:
        """Other bytes are refused, and nothing of them stays."""
        self.location.parts[1].write_bytes(self.location.parts[1].read_bytes().upper())
        with self.assertRaises(ModelError):
            self.location.prepare()
        self.assertEqual(self.names(), [])

    def test_looked_at(self) -> None:
        """Without joining anything: what is damaged is told, and an operator's own is taken as it is."""
        verify(self.location)
        self.assertFalse(self.location.directory.exists())
        verify(ModelLocation(Path("/nowhere")))
        self.location.parts[1].write_bytes(self.location.parts[1].read_bytes().upper())
        self.assertRaises(ModelError, verify, self.location)

    def test_no_place(self) -> None:
        """A cache that cannot be written is a ModelError too."""
        self.location.directory.parent.write_bytes(b"a file")
        with self.assertRaises(ModelError):
            self.location.prepare()


class PackagedModelTests(SynchronousTestCase):
    """The model that ships."""

    def test_located(self) -> None:
        location = locate_model(None, {"CACHE_DIRECTORY": "/var/cache/alie"})
        self.assertEqual(location.directory.parent, Path("/var/cache/alie"))
        self.assertEqual(sum(part.stat().st_size for part in location.parts), model.MODEL_BYTES)

    def test_joined(self) -> None:
        """Has the size by which it is known to be whole."""
        model_bin = locate_model().prepare() / "model.bin"
        self.assertEqual(model_bin.stat().st_size, model.NARROWED_BYTES)
