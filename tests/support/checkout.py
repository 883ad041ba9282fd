"""This tree as a git repository of a test's own, with what is not committed yet."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NOT_SOURCE = shutil.ignore_patterns(
    ".git",
    ".venv*",
    "_trial_temp*",
    "*.egg-info",
    "__pycache__",
    "dropin.cache",
    "build",
    "dist",
    ".*_cache",
    ".hypothesis",
)
_WHO = {"GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@example.invalid"}
_WHEN = "2026-11-01T12:00:00Z"


def committed(folder: Path) -> Path:
    """Copies the tree into a folder that is not there yet, and commits it: always the same commit of the same tree."""
    shutil.copytree(ROOT, folder, ignore=_NOT_SOURCE)
    who = _WHO | {name.replace("AUTHOR", "COMMITTER"): value for name, value in _WHO.items()}
    environment = os.environ | who | {"GIT_AUTHOR_DATE": _WHEN, "GIT_COMMITTER_DATE": _WHEN}
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--no-gpg-sign", "--message", "Tree")):
        subprocess.run(("git", "-C", folder, *command), env=environment, check=True)
    return folder
