"""What the daemon is made of besides its engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from twisted.internet.defer import Deferred

from alie.audit.interface import Audit, NoAudit
from alie.auth.interface import Authenticator, NoTickets, Tickets, WsTokens
from alie.auth.nobody import NobodyAuthenticator
from alie.export.interface import Exporter
from alie.guard_settings import ResidencySettings
from alie.guarding import ResidencyGuard
from alie.reloading import Reloads
from alie.residency import Residency
from alie.store.interface import Store
from alie.tls.renewal import Certificates
from alie.web.limiter import Limiter, NoLimiter


class Member(Protocol):
    """What has a life of its own. All calls come on the reactor thread."""

    def start(self) -> Deferred[None] | None:
        """Makes it ready; fails where it cannot be, with an error whose text is for the operator."""

    def stop(self) -> Deferred[None]:
        """Ends it; fires when that is done."""


@dataclass(frozen=True)
class Both:
    """A member whose beginning and end are those of two things.

    Args:
        begin: starts the one.
        close: ends the other; fires when that is done.
    """

    begin: Callable[[], None]
    close: Callable[[], Deferred[None]]

    def start(self) -> None:
        """Begins."""
        self.begin()

    def stop(self) -> Deferred[None]:
        """Closes."""
        return self.close()


@dataclass(frozen=True)
class Parts:
    """Parts that may be replaced in tests; the defaults are a daemon that knows nobody and keeps nothing.

    Attributes:
        authenticator: tells who is speaking.
        tickets: what a browser brings along by itself.
        ws_tokens: tokens for one socket; None where none are given.
        limiter: counts requests and connections.
        audit: takes down who did what.
        store: keeps what users save; None: no route that needs one is served.
        exporter: puts transcripts where they can be fetched; None: nowhere.
        guard: watches that audio goes only where it may.
        certificates: what TLS is spoken with; None: none is.
        notes: what the operator should know about how identities are proved, in sentences.
        reloads: what is taken up again on SIGHUP.
        members: what is started before the first request, and stopped after the last, in this order and its reverse.
    """

    authenticator: Authenticator = field(default_factory=NobodyAuthenticator)
    tickets: Tickets = field(default_factory=NoTickets)
    ws_tokens: WsTokens | None = None
    limiter: Limiter = field(default_factory=NoLimiter)
    audit: Audit = field(default_factory=NoAudit)
    store: Store | None = None
    exporter: Exporter | None = None
    guard: ResidencyGuard = field(default_factory=lambda: ResidencyGuard(Residency(ResidencySettings()), tuple))
    certificates: Certificates | None = None
    reloads: Reloads = field(default_factory=Reloads)
    members: tuple[Member, ...] = ()
    notes: Callable[[], list[str]] = list
