"""Builds what operators install: `make dist`. The same commit gives the same bytes, wherever and whenever it is built.

In dist/: the wheel, the source distribution with etc/ and requirements/ in it, and SHA256SUMS of both. Built from a
commit, not from the folder, so that nothing that lies about gets in.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
SUMS = "SHA256SUMS"
# With the setuptools of the lock file, not with whatever is newest today; where Alie can run, it can be built.
_STEP = "import sys; from setuptools import build_meta; getattr(build_meta, f'build_{sys.argv[1]}')(sys.argv[2])"


def main(arguments: Sequence[str]) -> int:
    """Builds into the folder that is named, else dist/."""
    for path in build(ROOT, Path(arguments[0] if arguments else ROOT / "dist")):
        print(path)
    return 0


def build(repository: Path, target: Path) -> list[Path]:
    """Builds the commit that is checked out.

    Args:
        repository: a git repository.
        target: a folder, made if there is none; files of the same names are replaced.

    Returns:
        Wheel, source distribution and sums.

    Raises:
        CalledProcessError: git or the build has failed, and has said why.
    """
    epoch = int(_output("git", "-C", repository, "log", "-1", "--format=%ct"))
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        tree, built = Path(scratch, "alie"), Path(scratch, "built")
        tree.mkdir()
        built.mkdir()
        _export(repository, tree, epoch)
        environment = os.environ | {"SOURCE_DATE_EPOCH": str(epoch)}
        for step in ("sdist", "wheel"):
            command = (sys.executable, "-c", _STEP, step, built)
            subprocess.run(command, cwd=tree, env=environment, umask=0o022, check=True, capture_output=True)
        (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
        files = {wheel.name: wheel.read_bytes(), sdist.name: levelled(sdist.read_bytes(), epoch)}
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    files[SUMS] = sums.encode()
    for name, data in files.items():
        (target / name).write_bytes(data)
    return [target / name for name in files]


def levelled(archive: bytes, epoch: int) -> bytes:
    """The same .tar.gz, whoever built it and when: sorted, owned by root, every time the same.

    Args:
        archive: as setuptools makes it, with the times and users of the build.
        epoch: seconds since 1970.
    """
    raw = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as old,
        tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old, key=lambda member: member.name):
            member.uid = member.gid = 0
            member.uname = member.gname = "root"
            member.mtime = epoch
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    return gzip.compress(raw.getvalue(), mtime=epoch)


def _export(repository: Path, tree: Path, epoch: int) -> None:
    """The commit's files, with its time and the same rights everywhere."""
    archive = io.BytesIO(_output("git", "-C", repository, "archive", "--format=tar", "HEAD"))
    with tarfile.open(fileobj=archive) as files:
        files.extractall(tree)
    for path in sorted(tree.rglob("*"), reverse=True):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (epoch, epoch))


def _output(*command: object) -> bytes:
    return subprocess.run([str(word) for word in command], capture_output=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
