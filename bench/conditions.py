"""Under which conditions something was measured: without them its numbers mean nothing."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import re
from collections.abc import Iterable
from pathlib import Path

from alie.engines.embedded.model import ModelError, locate_model

_PACKAGES = ("alie", "Twisted", "autobahn", "faster-whisper", "ctranslate2", "onnxruntime")


def conditions() -> dict[str, str]:
    """Machine, versions and model, by name. Looks at the model's file, which takes a second."""
    return {**surroundings(_PACKAGES), "model": _model()}


def surroundings(packages: Iterable[str]) -> dict[str, str]:
    """Machine, its load, and the versions of Python and of `packages`, by name."""
    return {
        "machine": f"{os.cpu_count()} cores, {_cpu_model()}",
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "python": platform.python_version(),
        **{package: _version(package) for package in packages},
    }


def others_cpu_s(own_cpu_s: float) -> float:
    """CPU seconds that this machine has spent since it started on anything but what is measured and who measures.

    Args:
        own_cpu_s: what is measured has used so many.
    """
    ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, _idle, _iowait, interrupts, soft_interrupts, stolen = ticks
    busy_s = (user + nice + system + interrupts + soft_interrupts + stolen) / os.sysconf("SC_CLK_TCK")
    mine = os.times()
    return busy_s - own_cpu_s - mine.user - mine.system


def _cpu_model() -> str:
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _model() -> str:
    try:
        directory = locate_model(os.environ.get("ALIE_MODEL_DIR")).prepare()
    except ModelError as error:
        return f"none ({error})"
    with (directory / "model.bin").open("rb") as model:
        return f"sha256 {hashlib.file_digest(model, 'sha256').hexdigest()}"
