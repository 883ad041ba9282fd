"""What is served where, made of the parts that it is served by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alie.config import Config
from alie.load_watch import LoadWatch
from alie.metrics import Metrics
from alie.origins import Hosts, Origins
from alie.parts import Parts
from alie.web.api.auth import ws_token_routes
from alie.web.api.config import config_routes
from alie.web.api.root import ApiResource
from alie.web.api.stored import store_routes
from alie.web.api.transcribe import Processing
from alie.web.factory import DictationFactory
from alie.web.gate import RestGate
from alie.web.health import Health, Liveness, MetricsPage, Operator, Readiness
from alie.web.openapi import with_document
from alie.web.root import build_root
from alie.web.routing import Route, Routes
from alie.web.upgrade import DictationDoor, Proofs
from alie.web.workroom import Workroom


@dataclass(frozen=True, slots=True)
class Tree:
    """Builds the resource tree.

    Attributes:
        reactor: the one that it is served on.
        config: what the daemon was told.
        parts: what the daemon is made of.
        engine: name of what listens, and why it was chosen (a sentence).
        factory: builds the sockets.
        load: says whether there may be more of them.
        metrics: told to the operator.
        origins: who may call.
        workroom: where long bodies are read.
        ws_url: where pages find the WebSocket.
        problems: why no dictation could be served, in sentences.
        notes: what the operator should know besides.
    """

    reactor: Any
    config: Config
    parts: Parts
    engine: tuple[str, str]
    factory: DictationFactory
    load: LoadWatch
    metrics: Metrics
    origins: Origins
    workroom: Workroom
    ws_url: Callable[[], str]
    problems: Callable[[], list[str]]
    notes: Callable[[], list[str]]

    def root(self) -> Any:
        """All of it."""
        operator = Operator(self.config.metrics_token)
        return build_root(
            door=self._door(),
            health={
                "health": Health(),
                "healthz": Liveness(self.reactor, self.config.region),
                "readyz": Readiness(self.problems, operator, self.engine, self.notes, self.factory.has_session),
                "metrics": MetricsPage(self.metrics, operator),
            },
            api=self._api(),
            has_page=self.config.has_page,
            sign_in_url=self.config.access.supabase_url,
        )

    def _door(self) -> DictationDoor:
        parts, config = self.parts, self.config
        proofs = Proofs(config.access, parts.tickets, parts.ws_tokens, self.origins)
        return DictationDoor(
            self.factory,
            Hosts(config.hosts),
            proofs,
            parts.limiter,
            self.load.refusal,
            instance=config.instance,
        )

    def _api(self) -> ApiResource:
        parts = self.parts
        gate = RestGate(
            parts.authenticator,
            parts.tickets,
            parts.limiter,
            is_token_owed=self.config.access.is_rest_token_owed,
            is_store_own=not self.config.access.supabase_url,
        )
        return ApiResource(Routes(self._routes()), gate, parts.audit, self.workroom)

    def _routes(self) -> list[Route]:
        parts, config = self.parts, self.config
        routes = [
            *config_routes(config, self.engine, self.ws_url),
            *ws_token_routes(config, parts.authenticator, parts.ws_tokens, self.ws_url),
            *Processing(self.reactor, self.workroom, parts.store).routes(),
            *(store_routes(config, parts.store, self.reactor) if parts.store is not None else []),
        ]
        is_owed = config.access.is_rest_token_owed
        has_local_user = not is_owed and not config.access.supabase_url
        return with_document(routes, is_token_owed=is_owed, has_local_user=has_local_user)
