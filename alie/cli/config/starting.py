"""Whether the daemon would start: the same steps as in `alie.tap`, none of which leaves anything behind."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alie import config as configuration
from alie import hardening, listening, state_dir
from alie.audit import keys
from alie.audit.errors import AuditError
from alie.cli.config.reading import Given
from alie.cli.local import is_alie_at
from alie.cli.unit import Unit
from alie.config import Config, public_host
from alie.settings import Settings
from alie.tls.certificate import CertificateError, day, load


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found.

    Attributes:
        problems: what would stop the start, in sentences.
        notes: what the operator should know though it would start.
    """

    problems: list[str]
    notes: list[str]


def would_start(found: Given, unit: Unit | None = None) -> Verdict:
    """Tries every step, whatever the others say; where values are refused, with the defaults in their place.

    Args:
        found: what was set where.
        unit: of systemd, which may grant the daemon what this command is not granted.
    """
    settings = Settings(found.values)
    config = configuration.examine(settings)
    problems, notes = list(settings.complaints), list(config.notes)
    if config.locks_memory and not hardening.may_lock() and not (unit is not None and unit.may_lock_memory):
        problems.append(hardening.CANNOT_LOCK)
    for step in (_engine, _state, _exports, _certificate, _ports):
        for is_problem, sentence in step(config, found.values):
            (problems if is_problem else notes).append(sentence)
    return Verdict(problems, notes)


_Said = Iterator[tuple[bool, str]]


def _engine(config: Config, values: Mapping[str, str]) -> _Said:
    from twisted.internet import reactor

    from alie.engines import assembly
    from alie.engines.embedded import ModelError

    try:
        engine, reason = assembly.build(reactor, config, values)
    except (ModelError, assembly.EngineChoiceError, ValueError) as error:
        yield True, str(error)
    else:
        yield False, f"Engine: {engine.name}. {reason}"


def _state(config: Config, values: Mapping[str, str]) -> _Said:
    path = Path(config.state_dir)
    try:
        if config.state_dir and not os.path.lexists(path):
            yield _yet_to_be_made(path, values.get("STATE_DIRECTORY", "").partition(":")[0])
            return
        folder = state_dir.check(config.state_dir)
        keys.read_key(folder, values)
    except (state_dir.StateDirError, AuditError) as error:
        yield True, str(error)
    except OSError as error:
        yield True, f"The audit log's key in {path} cannot be read: {error.strerror}"


def _yet_to_be_made(path: Path, by_systemd: str) -> tuple[bool, str]:
    if str(path) == by_systemd:
        return False, f"The state directory {path} will be made by systemd"
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if os.access(above, os.W_OK | os.X_OK):
        return False, f"The state directory {path} will be made"
    return True, f"The state directory {path} cannot be made: {above} may not be written by this user"


def _exports(config: Config, values: Mapping[str, str]) -> _Said:
    if config.export.bucket and importlib.util.find_spec("boto3") is None:
        yield True, "ALIE_EXPORT_BUCKET is set and the library for S3 is missing: pip install 'alie[amazon]'"


def _certificate(config: Config, values: Mapping[str, str]) -> _Said:
    if not config.tls.is_on:
        return
    try:
        found = load(config.tls, public_host(config))
    except CertificateError as error:
        yield True, str(error)
        return
    yield from ((False, remark) for remark in found.remarks)
    try:
        found.check(datetime.now(UTC))
    except CertificateError as error:
        yield False, f"{error}: it would be served, and nobody would trust it"
    else:
        yield False, f"The TLS certificate is for {', '.join(found.names)}, until {day(found.not_after)}"


def _ports(config: Config, values: Mapping[str, str]) -> _Said:
    ports = [("HOST", config.host, config.port)]
    if config.tls.is_on:
        ports.append(("ALIE_TLS_HOST", config.tls.host, config.tls.port))
    for name, host, port in ports:
        try:
            listening.listen(host, port, config.load.stall_s, name).close()
        except listening.ListenError as error:
            if not is_alie_at(config.host, config.port):
                yield True, str(error)
            else:
                yield False, f"A daemon of Alie listens on {host} port {port} already"
