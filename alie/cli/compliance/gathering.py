"""Gathers what a statement says besides the configuration."""

from __future__ import annotations

import json
import platform
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from alie.canary.report import CANARY_FILE
from alie.cli.aws.finding import UNKNOWN
from alie.compliance import Facts
from alie.config import Config
from alie.engines.assembly import choose
from alie.hardening import swap_state

_PACKAGES = ("alie", "Twisted", "autobahn", "cryptography", "joserfc", "pyOpenSSL", "faster-whisper", "boto3")


def gather(config: Config, environ: Mapping[str, str], audit: str) -> Facts:
    """Facts of this machine, now.

    Args:
        config: of the daemon.
        environ: where AWS credentials may be, as the daemon would find them.
        audit: how the audit log was verified, in a sentence.

    Raises:
        alie.engines.assembly.EngineChoiceError: the daemon itself would not start.
    """
    engine = choose(config, environ)
    return Facts(
        made_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        engine=engine,
        versions={**_versions(), "Python": platform.python_version(), "OpenSSL": ssl.OPENSSL_VERSION},
        opt_out=_opt_out(config) if engine[0] == "amazon" else None,
        memory=swap_state(),
        canary=_canary(Path(config.state_dir) / CANARY_FILE),
        audit=audit,
    )


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _opt_out(config: Config) -> tuple[str, str]:
    """As `alie check aws` finds it; AWS is asked."""
    try:
        import boto3  # type: ignore[import-untyped]

        from alie.cli.aws.account import Account
        from alie.cli.aws.checkup import Checkup
    except ImportError:
        return UNKNOWN, "boto3 is not installed"
    finding = Checkup(Account(boto3.session.Session(), config.region), config.engine).opt_out()
    return finding.state, finding.detail


def _canary(path: Path) -> Mapping[str, Any] | None:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) else None
