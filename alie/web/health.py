"""Health, readiness, metrics. Reasons and metrics are for the operator: a loopback peer, or whoever has the token."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Request

import alie
from alie.errors import Forbidden
from alie.metrics import CONTENT_TYPE, Metrics
from alie.origins import Hosts, is_loopback
from alie.web.answers import JsonResource, answer
from alie.web.cors import header

_FORWARDING = (
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "forwarded",
    "via",
    "cf-connecting-ip",
)


class Operator:
    """Tells whether a request comes from the operator.

    Args:
        token: whoever sends it as a Bearer token is one; None: nobody can.
    """

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._hosts = Hosts(())

    def sent(self, request: Request) -> bool:
        """Whether the operator sent this. A forwarded request never counts as local: a proxy would publish us."""
        presented = (header(request, "authorization") or "").removeprefix("Bearer ")
        if self._token and hmac.compare_digest(presented.encode(), self._token.encode()):
            return True
        is_forwarded = any(header(request, name) is not None for name in _FORWARDING)
        peer = getattr(request.getClientAddress(), "host", "")
        return is_loopback(peer) and not is_forwarded and self._hosts.knows(header(request, "host"), None)


class Health(JsonResource):
    """`/health`: the daemon answers."""

    def render_GET(self, request: Request) -> bytes | int:
        """As every generation of pages and guides knows it."""
        return answer(request, {"status": "ok"})


class Liveness(JsonResource):
    """`/healthz`: the daemon answers, since when, and where it is."""

    def __init__(self, clock: IReactorTime, region: str) -> None:
        super().__init__()
        self._clock = clock
        self._started_at = clock.seconds()
        self._region = region

    def render_GET(self, request: Request) -> bytes | int:
        """`uptime` in seconds."""
        uptime_s = round(self._clock.seconds() - self._started_at, 1)
        return answer(request, {"status": "ok", "ok": True, "uptime": uptime_s, "region": self._region})


SESSION_HEADER = "alie-session"


class Readiness(JsonResource):
    """`/readyz`: whether a dictation could be served right now; 503 with the reasons when not.

    The operator is also told which process this is, and whether the session that the header `Alie-Session` names has
    its socket here: so he who opens a WebSocket by way of a proxy finds out which daemon is at its end.
    """

    def __init__(
        self,
        problems: Callable[[], list[str]],
        operator: Operator,
        engine: tuple[str, str],
        notes: Callable[[], list[str]] = list,
        has_session: Callable[[str], bool] = lambda session_id: False,
    ) -> None:
        super().__init__()
        self._has_session = has_session
        self._notes = notes
        self._engine, self._why = engine
        self._problems = problems
        self._operator = operator

    def render_GET(self, request: Request) -> bytes | int:
        """Reasons, notes, and why this engine was chosen, are told to the operator only."""
        reasons = self._problems()
        is_ready = not reasons
        body: dict[str, object] = {"status": "ok" if is_ready else "unavailable", "ready": is_ready, "ok": is_ready}
        if self._operator.sent(request):
            body |= {"reasons": reasons, "notes": self._notes(), "engine": self._engine, "engineReason": self._why}
            body |= {"pid": os.getpid(), "version": alie.__version__}
            session_id = header(request, SESSION_HEADER)
            if session_id is not None:
                body["hasSession"] = self._has_session(session_id)
        return answer(request, body, 200 if is_ready else 503)


class MetricsPage(JsonResource):
    """`/metrics`: for Prometheus."""

    def __init__(self, metrics: Metrics, operator: Operator) -> None:
        super().__init__()
        self._metrics = metrics
        self._operator = operator

    def render_GET(self, request: Request) -> bytes | int:
        """403 for anyone but the operator."""
        if not self._operator.sent(request):
            raise Forbidden("Metrics are for a local scraper or with a token")
        request.setHeader(b"Content-Type", CONTENT_TYPE)
        payload = self._metrics.exposition()
        request.setHeader(b"Content-Length", b"%d" % len(payload))
        return b"" if request.method == b"HEAD" else payload
