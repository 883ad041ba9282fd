"""What the daemon is made of: versions, and whether weaknesses of them are known.

By itself this asks nobody: it compares with a short list that comes along. An advisory service is told the names and
versions of all packages, and nothing else, only where it is asked for.
"""

from __future__ import annotations

import json
import platform
import ssl
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

import alie
from alie.cli.address import parse
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place
from alie.cli.doctor.reaching import Unreached, get

STEP = "advisories"
ADVISORIES = (
    ("autobahn", "26.7.1", "GHSA-hxp9-w8x3-p566"),
    ("twisted", "24.7.0", "CVE-2024-41671"),
    ("cryptography", "48.0.1", "GHSA-537c-gmf6-5ccf"),
    ("pyopenssl", "26.0.0", "CVE-2026-27448"),
    ("joserfc", "1.6.8", "CVE-2026-49852"),
    ("orjson", "3.11.6", "CVE-2025-67221"),
    ("idna", "3.15", "CVE-2026-45409"),
    ("urllib3", "2.7.0", "CVE-2026-44431"),
    ("h2", "4.3.0", "CVE-2025-57804"),
)
"""Packages, the first version without the weakness, and its name. Only what an internet-facing daemon would feel."""
_INSTALL = "pip install --require-hashes -r requirements/run.txt of the newest Alie, then restart"


def look(place: Place) -> Iterator[Finding]:
    """Versions, the list that comes along, and the advisory service, if one is to be asked."""
    installed = packages()
    yield Finding("versions", OK, f"alie {alie.__version__}, Python {platform.python_version()}, {ssl.OPENSSL_VERSION}")
    yield from interpreter(sys.version_info[:2], ssl.OPENSSL_VERSION_INFO[:2])
    yield from listed(installed)
    if not place.osv_url:
        yield Finding(STEP, NOT_LOOKED_AT, "no advisory service was asked", "--online asks osv.dev about all packages")
        return
    yield from online(place.osv_url, installed)


def packages() -> dict[str, str]:
    """Versions of all that is installed, by name."""
    return {canonicalize_name(one.metadata["Name"]): one.version for one in distributions() if one.metadata["Name"]}


def interpreter(python: tuple[int, ...], openssl: tuple[int, ...]) -> Iterator[Finding]:
    """What its makers still mend."""
    if python < (3, 11):
        yield Finding("versions", PROBLEM, "this Python is too old", "Alie needs 3.11 or newer")
    if openssl < (3, 0):
        yield Finding("versions", NOTE, "nobody mends this OpenSSL any more", "upgrade the system, or its Python")


def listed(installed: Mapping[str, str]) -> Iterator[Finding]:
    """Compares with the list that comes along."""
    found = [row for row in ADVISORIES if _is_before(installed.get(row[0]), row[1])]
    for name, mended, advisory in found:
        yield Finding(STEP, PROBLEM, f"{name} {installed[name]} has {advisory}, mended in {mended}", _INSTALL)
    if not found:
        yield Finding(STEP, OK, f"nothing of the {len(ADVISORIES)} that come along applies")


def online(url: str, installed: Mapping[str, str]) -> Iterator[Finding]:
    """Asks an advisory service (google.github.io/osv.dev/post-v1-querybatch) about every package."""
    names = sorted(set(installed) - {"alie"})
    queries = [{"package": {"ecosystem": "PyPI", "name": name}, "version": installed[name]} for name in names]
    address = parse(url)
    try:
        body = json.dumps({"queries": queries}).encode()
        answer = get(address, "/v1/querybatch", ssl.create_default_context(), body=body)
        results: list[Mapping[str, Any]] = json.loads(answer.body)["results"] if answer.status == 200 else []
        known = {
            name: [one["id"] for one in result.get("vulns", ())] for name, result in zip(names, results, strict=True)
        }
    except (Unreached, ValueError, KeyError, TypeError, AttributeError):
        yield Finding(
            STEP, NOT_LOOKED_AT, f"{address.host} did not answer for every package", "ask again, or make audit"
        )
        return
    for name, found in known.items():
        if found:
            yield Finding(STEP, PROBLEM, f"{name} {installed[name]} has {', '.join(found)}", _INSTALL)
    if not any(known.values()):
        yield Finding(STEP, OK, f"{address.host} knows none of {len(names)} packages")


def _is_before(version: str | None, mended: str) -> bool:
    try:
        return version is not None and Version(version) < Version(mended)
    except InvalidVersion:
        return True
