"""`twistd alie`: options and environment in, the service out. The reactor is imported here and nowhere else."""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from twisted.application.service import IService, MultiService, Service
from twisted.logger import Logger, globalLogPublisher
from twisted.python import usage

from alie import activation, hardening, listening, signals, traceback_log
from alie import config as configuration
from alie.announcing import Announcer, Subject, ask, reachable
from alie.assembly import build_parts
from alie.audit.errors import AuditError
from alie.config import Config
from alie.export.interface import ExportError
from alie.logs.daemon_log import DaemonLog, Logged, is_left_to_us
from alie.notify import Notify
from alie.parts import Parts
from alie.reloading import ReloadError
from alie.service import AlieService
from alie.sources import SourceError, Sources
from alie.state_dir import StateDirError
from alie.tls.certificate import CertificateError

_SENTENCES = (
    AuditError,
    CertificateError,
    ExportError,
    hardening.MemoryLockError,
    listening.ListenError,
    SourceError,
    StateDirError,
    ValueError,
)
_OPTION_NAMES = {"host": "HOST", "port": "PORT", "model-dir": "ALIE_MODEL_DIR"}


class Options(usage.Options):
    """Live dictation gateway. An option wins over the environment, and that over the file of --env-file."""

    optParameters: ClassVar[list[list[Any]]] = [
        ["env-file", "e", None, "Read settings from this file; none is read unasked."],
        ["host", None, None, "Address to listen on. [HOST, default: 127.0.0.1]"],
        ["port", "p", None, "Port to listen on; 0 takes a free one. [PORT, default: 3001]"],
        ["model-dir", None, None, "Folder of a CTranslate2 Whisper model of your own. [ALIE_MODEL_DIR]"],
    ]

    def parseOptions(self, options: Any = None) -> None:
        """Raises SystemExit with one line: twistd's own report would bury it under its help."""
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            raise _refusal([str(error)]) from None

    def sources(self, environment: Mapping[str, str], place: Mapping[str, str] | None = None) -> Sources:
        """Where this daemon's settings come from.

        Args:
            environment: the process's.
            place: HOST and PORT where a socket is there already, which win over all else.
        """
        given = {name: self[option] for option, name in _OPTION_NAMES.items() if self[option] is not None}
        return Sources(self["env-file"], environment, {**given, **(place or {})})


def makeService(options: Options) -> IService:
    """Builds the daemon from what was set.

    Raises:
        SystemExit: with one line for each fault, on which Python exits with status 1.
    """
    from twisted.internet import reactor as global_reactor

    from alie.engines import assembly
    from alie.engines.embedded import ModelError

    reactor: Any = global_reactor
    traceback_log.guard(globalLogPublisher)
    started_with = activation.started_with()
    hardening.forbid_core_dumps()
    try:
        handed = activation.take(started_with)
        sources = options.sources(os.environ, activation.place(handed))
        values = sources.read()
        config = configuration.read(values)
        _hand_to_botocore(values)
        hardening.lock_memory(config.locks_memory)
        engine, reason = assembly.build(reactor, config, os.environ)
        parts = build_parts(reactor, config, engine, os.environ)
        plain, secure = _listen(config, handed)
    except configuration.ConfigError as error:
        raise _refusal(error.complaints) from None
    except _SENTENCES as error:
        raise _refusal([str(error)]) from None
    except (ModelError, assembly.EngineChoiceError) as error:
        raise _refusal([str(error)]) from None
    service = AlieService(reactor, config, (engine, reason), plain, parts, secure)
    _add_reloads(service, parts, sources)
    whole, reload = _announced(reactor, service, config, reachable(listening.url(plain)))
    log = DaemonLog(config.log, os.environ) if is_left_to_us(options.parent) else None
    signals.reload_on_hangup(reactor, reload)
    reactor.callWhenRunning(signals.end_well, reactor)
    reactor.callWhenRunning(_spare_the_collector)
    reactor.callWhenRunning(_lock_memory, config)
    reactor.addSystemEventTrigger("after", "shutdown", _tell_failure, service, log)
    return whole if log is None else _logged(whole, service, log, sources)


def _logged(whole: Service, daemon: AlieService, log: DaemonLog, sources: Sources) -> IService:
    daemon.reloads.add("log levels", lambda: log.set_levels(_read_again(sources).log))
    daemon.metrics.log_lost.set_function(lambda: log.lost)
    logged = Logged(log.observer)
    whole.setServiceParent(logged)
    return logged


def _listen(config: Config, handed: Mapping[str, socket.socket]) -> tuple[socket.socket, socket.socket | None]:
    stall_s, tls = config.load.stall_s, config.tls
    plain = handed.get(activation.HTTP)
    secure = handed.get(activation.HTTPS)
    plain = listening.prepare(plain, stall_s) if plain else listening.listen(config.host, config.port, stall_s)
    if not tls.is_on:
        return plain, None
    if secure is not None:
        return plain, listening.prepare(secure, stall_s)
    return plain, listening.listen(tls.host, tls.port, stall_s, "ALIE_TLS_HOST")


def _announced(reactor: Any, daemon: AlieService, config: Config, url: str) -> tuple[Service, Callable[[], object]]:
    """The daemon, together with what tells the service manager of it, if there is one; and how it is reloaded."""
    notify = Notify(os.environ)
    reload = daemon.reloads.reload
    if not notify.is_heard:
        return daemon, reload
    subject = Subject(
        listening=daemon.listening,
        check=lambda: ask(reactor, url),
        problems=daemon.problems,
        dictations=lambda: daemon.admission.taken,
        reload=reload,
        drain_s=config.drain_s,
    )
    announcer = Announcer(reactor, notify, subject)
    whole = MultiService()
    for service in (daemon, announcer):
        service.setServiceParent(whole)
    return whole, announcer.reload


def _add_reloads(service: AlieService, parts: Parts, sources: Sources) -> None:
    """Says how each thing that may change while the daemon runs is read again: each for itself."""
    if parts.certificates is not None:
        service.reloads.add("TLS certificate", parts.certificates.reload)
    service.reloads.add("allowed origins", lambda: service.origins.replace(_read_again(sources).allowed_origins))


def _read_again(sources: Sources) -> Config:
    try:
        return configuration.read(sources.read())
    except (SourceError, configuration.ConfigError) as error:
        raise ReloadError("; ".join(str(error).splitlines())) from None


def _lock_memory(config: Config) -> None:
    # Once more: a daemon in the background is a child of the process that has locked its own.
    Logger().info("{memory}", event="daemon.memory", memory=hardening.lock_memory(config.locks_memory))


def _tell_failure(service: AlieService, log: DaemonLog | None) -> None:
    # A reactor that was stopped is a success to twistd, why ever it was stopped.
    if service.has_failed:
        sys.stdout.flush()
        if log is not None:
            log.close()
        os._exit(1)


def _spare_the_collector() -> None:
    # What has been imported lives as long as the daemon: looking through all of it would hold the reactor for tens of
    # milliseconds each time. Cycles are rare here, so all that came since may be looked through less often, too; and
    # what is young at most 10,000 objects at a time, which takes 3 ms: 200,000 took 55 when 2,000 clients came at once.
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 5, 1_000)


def _hand_to_botocore(values: Mapping[str, str]) -> None:
    # Its provider chain reads the process's environment only.
    for name, text in values.items():
        if name.startswith("AWS_") and text:
            os.environ.setdefault(name, text)


def _refusal(complaints: list[str]) -> SystemExit:
    return SystemExit("\n".join(f"alie: {complaint}" for complaint in complaints))
