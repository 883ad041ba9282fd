"""The daemon, assembled: engine, web server and probe in one service that drains before it stops."""

from __future__ import annotations

import socket
from typing import Any

import txaio
from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from alie import events as on
from alie.admission import Admission
from alie.audit.errors import AuditError
from alie.auth.combined import CombinedAuthenticator
from alie.census import Census
from alie.claims import Claims
from alie.config import Config
from alie.connections import Connections
from alie.descriptors import allow_many, connections_within
from alie.doors import Doors, secured
from alie.engines.bridge import failure_name
from alie.engines.interface import Engine
from alie.errors import AlieError
from alie.load_metrics import LoadMetrics
from alie.load_watch import LoadWatch
from alie.metrics import DelayProbe, Metrics
from alie.origins import Hosts, Origins
from alie.parts import Member, Parts
from alie.performing import Performing
from alie.serving_metrics import ServingMetrics
from alie.surroundings import Surroundings
from alie.tree import Tree
from alie.ways_in import ways_in
from alie.web.factory import DictationFactory
from alie.web.plain_port import PlainPort
from alie.web.proxies import TrustedProxies
from alie.web.site import AlieSite
from alie.web.workroom import Workroom

# Of the time a stop may take: how much of it clients may still speak, and how much the last results may take then.
# What is left is for the closing handshakes.
SPEAKING_SHARE, CLOSING_SHARE = 0.75, 0.2
# Then a daemon that was only restarted listens again.
RECONNECT_AFTER_S = 2


class AlieService(Service):
    """The whole daemon.

    Args:
        reactor: the one it runs on.
        config: what it was told.
        engine: what listens, and why it was chosen (a sentence).
        listening: a socket that listens already.
        parts: what else it is made of.
        secure_listening: a socket that listens already, for TLS; to be given where the parts have certificates.

    Attributes:
        listening: fires when it listens.
        has_failed: whether it could not start; then the reactor is stopped.
        reloads: what is taken up again on SIGHUP.
        origins: who may call, with REST and the WebSocket alike.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        config: Config,
        engine: tuple[Engine, str],
        listening: socket.socket,
        parts: Parts | None = None,
        secure_listening: socket.socket | None = None,
    ) -> None:
        self._parts = parts or Parts()
        self._reactor = reactor
        self._config = config
        self._engine, self._reason = engine
        self._doors = Doors(reactor, listening, secure_listening, config.public_ws_url)
        self._starting: Deferred[None] | None = None
        self._started: list[Member] = []
        self.listening: Deferred[None] = Deferred()
        self.has_failed = False
        self.reloads = self._parts.reloads
        self.origins = Origins(config.allowed_origins)
        self.metrics = Metrics()
        self.claims = Claims()
        self.admission = self._make_admission()
        self.census = Census(reactor, self.metrics.registry)
        self._probe = DelayProbe(reactor, self.metrics)
        self._workroom = Workroom(reactor)
        most = config.load.connections or connections_within(allow_many())
        self.connections = Connections(most, config.load.connections_per_address)
        self.load = self._make_load_watch()
        self.factory = self._make_factory()
        self.site = self._make_site()
        self.secure_site = secured(self.site, self._parts.certificates, self.metrics.registry)
        self._tell_metrics()

    def _make_admission(self) -> Admission:
        limits = self._config.use_limits
        return Admission(
            self._seats,
            lambda: self._engine.is_lost,
            per_user=limits.sessions_per_user,
            per_clinic=limits.sessions_per_clinic,
            check_residency=self._parts.guard.check,
            check_load=lambda: self.load.check(),
        )

    def _make_load_watch(self) -> LoadWatch:
        return LoadWatch(
            self._reactor,
            self._config.load,
            self.connections,
            LoadMetrics(self.metrics.registry, self.connections),
            lateness=self._probe.mean_s,
            detached=lambda: self.claims.detached,
            other_bytes=lambda: self.site.bodies_bytes + self.claims.kept_bytes,
        )

    def _make_factory(self) -> DictationFactory:
        reactor, config = self._reactor, self._config
        txaio.config.loop = reactor  # type: ignore[attr-defined]  # Autobahn's timers follow this, not the factory's reactor
        return DictationFactory(
            reactor,
            Performing(reactor, config, self._engine, self.admission, self.metrics, self._around(), self.census),
            frame_bytes=config.limits.frame_bytes,
            ping_s=config.ping_s,
            waiting_bytes=config.load.waiting_bytes,
        )

    def _make_site(self) -> AlieSite:
        config = self._config
        proxies, hosts = TrustedProxies(config.use_limits.trusted_proxies), Hosts(config.hosts)
        plain_port = PlainPort(proxies, hosts, self._doors.secure_port) if config.tls.is_alone else None
        root = self._tree().root()
        return AlieSite(root, self.origins, self._reactor, hosts, proxies, self.connections, plain_port)

    def _tell_metrics(self) -> None:
        self.metrics.watch(self._engine.gauges())
        ServingMetrics(self.metrics.registry, self.problems, self.admission, self._parts.audit)
        self.metrics.sockets.set_function(lambda: len(self.factory.sockets))
        self.metrics.detached.set_function(lambda: self.claims.detached)
        self.metrics.replay.set_function(lambda: self.claims.kept_bytes)

    def _seats(self) -> int:
        return min(self._config.max_sessions or self._engine.seats, self._engine.seats)

    def _around(self) -> Surroundings:
        return Surroundings(
            CombinedAuthenticator(self._parts.authenticator, self._parts.ws_tokens),
            self._parts.audit,
            self._parts.exporter,
            ways_in=ways_in(self._config.access),
            claims=self.claims,
            thrift=self.load.thrift,
            holders=self.load.holders,
        )

    def _tree(self) -> Tree:
        return Tree(
            self._reactor,
            self._config,
            self._parts,
            (self._engine.name, self._reason),
            self.factory,
            self.load,
            self.metrics,
            self.origins,
            self._workroom,
            lambda: self._doors.ws_url,
            self.problems,
            self.notes,
        )

    def problems(self) -> list[str]:
        """Why no dictation could be served right now, in sentences; empty when one could."""
        found = list(self._engine.problems())
        if self.admission.is_full:
            found.append("Every seat is taken")
        parts = self._parts
        found += self.load.problems() + parts.guard.problems() + parts.authenticator.problems() + parts.audit.problems()
        return found + (parts.certificates.problems() if parts.certificates is not None else [])

    def notes(self) -> list[str]:
        """What the operator should know though dictations are served, in sentences."""
        parts = self._parts
        found = [*parts.notes(), *self.load.notes(), *(parts.exporter.problems() if parts.exporter is not None else [])]
        return found + (parts.certificates.notes() if parts.certificates is not None else [])

    def startService(self) -> None:
        """Makes its parts ready, then listens; makes the engine ready in the background."""
        super().startService()
        self._starting = Deferred.fromCoroutine(self._start()).addErrback(self._give_up)

    async def _start(self) -> None:
        for member in self._parts.members:
            await maybeDeferred(member.start)
            self._started.append(member)
        if self.running:
            self._listen()

    def _give_up(self, failure: Failure) -> None:
        """A part cannot be made ready: a daemon that could keep no audit log, say, must not take anything in."""
        known = isinstance(failure.value, AlieError | AuditError)
        sentence = str(failure.value) if known else failure_name(failure)
        self.has_failed = True
        self._log.critical("Alie cannot start: {sentence}", event="daemon.failed", sentence=sentence)
        # The reactor may not run yet; and where it is being stopped already, once is enough.
        if self.running:
            self._reactor.callWhenRunning(self._reactor.stop)

    def _listen(self) -> None:
        self._doors.open(self.site, self.secure_site, self.site.accepting)
        self._engine.start()
        self._workroom.start()
        self._probe.start()
        self.load.start()
        for note in self._config.notes:
            self._log.info("{note}", event="daemon.note", note=note)
        self._log.info(
            "Engine: {engine}. {reason}", event="daemon.engine", engine=self._engine.name, reason=self._reason
        )
        if self._config.access.is_token_owed:
            self._log.info("{ways_in}", event="daemon.ways_in", ways_in=ways_in(self._config.access))
        for url in self._doors.urls:
            self._log.info("Alie listens on {url}", event="daemon.listening", url=url)
        self.listening.callback(None)

    def stopService(self) -> Deferred[None]:
        """Takes no one new, lets dictations end, and fires when all is closed or the time is up."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self.admission.close()
        if self._starting is not None:
            await self._starting
        if self._doors.are_open:
            await self._close_down()
        self._doors.let_go()
        while self._started:
            await self._end(self._started.pop())

    async def _end(self, member: Member) -> None:
        try:
            await maybeDeferred(member.stop)
        except Exception as error:
            # Those that are left have to end, too.
            part, name = type(member).__name__, type(error).__name__
            self._log.error("{part} did not end well: {name}", event="daemon.part_failed", part=part, name=name)

    async def _close_down(self) -> None:
        await self._doors.close(self.site.accepting)
        drain_s = self._config.drain_s
        last_call = self._reactor.callLater(drain_s, self.factory.abort)
        drain = on.Drain(drain_s * SPEAKING_SHARE, drain_s * CLOSING_SHARE, RECONNECT_AFTER_S)
        self.claims.drain(drain)
        await self.factory.drain(drain)
        if last_call.active():
            last_call.cancel()
        self._probe.stop()
        self.load.stop()
        self.site.turnstile.stop()
        await DeferredList([self._engine.stop(), self._workroom.stop()])
