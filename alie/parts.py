"""What the daemon is made of besides its engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from alie.audit.interface import Audit, NoAudit
from alie.auth.interface import Authenticator, NoTickets, Tickets, WsTokens
from alie.auth.nobody import NobodyAuthenticator
from alie.export.interface import Exporter
from alie.store.interface import Store
from alie.web.limiter import Limiter, NoLimiter
from alie.web.routing import Route


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
        check_residency: raises EngineUnavailable where audio may not go now.
        routes: of the REST API, besides those that are always there.
    """

    authenticator: Authenticator = field(default_factory=NobodyAuthenticator)
    tickets: Tickets = field(default_factory=NoTickets)
    ws_tokens: WsTokens | None = None
    limiter: Limiter = field(default_factory=NoLimiter)
    audit: Audit = field(default_factory=NoAudit)
    store: Store | None = None
    exporter: Exporter | None = None
    check_residency: Callable[[], None] = lambda: None
    routes: tuple[Route, ...] = ()
