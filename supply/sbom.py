"""Writes the bill of materials of a running daemon, in CycloneDX: `make sbom`.

cyclonedx-py (OWASP CycloneDX) reads what is installed. Of that, this keeps what requirements/run.txt holds, with the
hashes of its files, and adds what no package manager knows: Alie itself, the models, the recordings. The same
installation gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import alie
from supply import locks
from supply.materials import materials

VERSION = "1.6"
"""Of CycloneDX."""
EXTRAS = ("embedded", "amazon")
"""What `make run` installs."""
LICENCES = {"protobuf": "BSD-3-Clause"}
"""Of packages whose metadata name none; read in the package."""
_ROOT = "alie"


class IncompleteError(Exception):
    """What is installed is not what the lock file holds; the text names the packages."""


def main(arguments: Sequence[str]) -> int:
    """Writes the file that the options name; standard output where they name none."""
    parser = argparse.ArgumentParser(prog="supply.sbom", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, help="file to write (default: standard output)")
    options = parser.parse_args(arguments)
    text = json.dumps(bill(installed(), locks.read(locks.RUN)), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text, encoding="utf-8")
    return 0


def installed() -> dict[str, Any]:
    """What cyclonedx-py finds in this environment."""
    command = (
        sys.executable,
        "-m",
        "cyclonedx_py",
        "environment",
        "--spec-version",
        VERSION,
        "--output-format",
        "JSON",
    )
    # Validated once it is whole, by a test.
    how = ("--output-reproducible", "--no-validate")
    done = subprocess.run((*command, *how), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def bill(found: Mapping[str, Any], pins: Mapping[str, locks.Pin]) -> dict[str, Any]:
    """The bill of materials.

    Args:
        found: of the whole environment.
        pins: what a daemon is made of.

    Raises:
        IncompleteError: a package is not installed, or in another version.
    """
    packages = [_with_hashes(one, pins) for one in found["components"] if _is_pinned(one, pins)]
    missing = sorted(set(pins) - {canonicalize_name(one["name"]) for one in packages})
    if missing:
        raise IncompleteError(f"not installed as locked: {', '.join(missing)}")
    own = materials()
    refs = {one["bom-ref"] for one in packages}
    graph = [_among(one, refs) for one in found["dependencies"] if one["ref"] in refs]
    direct = {one["bom-ref"] for one in packages if canonicalize_name(one["name"]) in _direct()}
    root = {"ref": _ROOT, "dependsOn": sorted(direct | {one["bom-ref"] for one in own})}
    return {
        **found,
        "metadata": {**found["metadata"], "component": _alie()},
        "components": sorted([*packages, *own], key=lambda one: str(one["bom-ref"])),
        "dependencies": sorted([*graph, root], key=lambda one: str(one["ref"])),
    }


def _is_pinned(component: Mapping[str, Any], pins: Mapping[str, locks.Pin]) -> bool:
    pin = pins.get(canonicalize_name(component["name"]))
    return pin is not None and component["version"] == pin.version


def _with_hashes(component: Mapping[str, Any], pins: Mapping[str, locks.Pin]) -> dict[str, Any]:
    name = canonicalize_name(component["name"])
    reference = {
        "type": "distribution",
        "url": str(locks.RUN.relative_to(locks.CHECKOUT)),
        "comment": "of each file that may be installed",
        "hashes": [{"alg": "SHA-256", "content": one} for one in sorted(pins[name].hashes)],
    }
    full = {**component, "externalReferences": [*component.get("externalReferences", ()), reference]}
    if "licenses" not in full and name in LICENCES:
        full["licenses"] = [{"license": {"acknowledgement": "concluded", "id": LICENCES[name]}}]
    return full


def _among(dependency: Mapping[str, Any], refs: set[str]) -> dict[str, Any]:
    below = [ref for ref in dependency.get("dependsOn", ()) if ref in refs]
    return {"ref": dependency["ref"], **({"dependsOn": below} if below else {})}


def _direct() -> set[str]:
    asked = [Requirement(text) for text in metadata.requires("alie") or ()]
    wanted = [one for one in asked if one.marker is None or any(one.marker.evaluate({"extra": e}) for e in EXTRAS)]
    return {canonicalize_name(one.name) for one in wanted}


def _alie() -> dict[str, Any]:
    licence = {"license": {"acknowledgement": "declared", "id": "Apache-2.0"}}
    return {
        "bom-ref": _ROOT,
        "type": "application",
        "name": "alie",
        "version": alie.__version__,
        "purl": f"pkg:pypi/alie@{alie.__version__}",
        "licenses": [licence],
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
