"""Who may speak, kept in memory: an authenticator, tickets, ws tokens, a limiter, an audit log and an exporter that do
what their interfaces say, for as long as a test says so."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.web.server import Request

from alie.audit.interface import AuditEvent
from alie.auth.interface import Authenticator, Tickets, WsTokens
from alie.errors import AuthExpired, AuthInvalid, AuthRequired, RateLimited
from alie.export.interface import Link
from alie.principal import SUPABASE, Caller, Principal
from alie.web.limiter import Limiter

COOKIE = "alie_ticket="
ANNE, BERNARD = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
CLINIC = "33333333-3333-4333-8333-333333333333"


def person(user_id: str = ANNE, *, token: str = "t", expires_at: float | None = None, way: str = SUPABASE) -> Caller:
    """A caller of the clinic."""
    return Caller(Principal(user_id, way, "grant", CLINIC, "physician", "a@example.ca", expires_at), token)


class MemoryAuthenticator:
    """Knows some tokens.

    Attributes:
        callers: by token.
        failure: raised instead of any answer, if it is set.
        is_slow: whether answers wait for `answer`.
        ends: what to call when the access of a user is gone, by user.
    """

    def __init__(self, **callers: Caller) -> None:
        self.callers = callers
        self.failure: Exception | None = None
        self.is_slow = False
        self.ends: dict[str, list[Callable[[], None]]] = {}
        self._waiting: list[Deferred[None]] = []

    async def verify(self, token: str) -> Caller:
        """See `Authenticator`."""
        if self.is_slow:
            self._waiting.append(Deferred())
            await self._waiting[-1]
        if self.failure is not None:
            raise self.failure
        if token not in self.callers:
            raise AuthInvalid
        return self.callers[token]

    def answer(self) -> None:
        """Gives the answers that wait."""
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(None)

    def watch(self, caller: Caller, end: Callable[[], None]) -> Callable[[], None]:
        """See `Authenticator`."""
        watches = self.ends.setdefault(caller.principal.user_id, [])
        watches.append(end)

        def stop() -> None:
            if end in watches:
                watches.remove(end)

        return stop

    def revoke(self, user_id: str) -> None:
        """The access of a user is gone."""
        for end in self.ends.pop(user_id, []):
            end()

    @property
    def watched(self) -> list[str]:
        """Who is watched."""
        return [user_id for user_id, ends in self.ends.items() for _ in ends]

    def problems(self) -> list[str]:
        """None."""
        return []


class MemoryTickets:
    """Cookies `alie_ticket=NAME`, good for the callers of that name; `old` was good once."""

    def __init__(self, **callers: Caller) -> None:
        self._callers = callers

    def issue(self, caller: Caller) -> str | None:
        """None: tests bring their own."""
        return None

    def redeem(self, cookie_header: str) -> Caller:
        """See `Tickets`."""
        _, found, name = cookie_header.partition(COOKIE)
        if not found:
            raise AuthRequired
        if name == "old":
            raise AuthExpired
        if name not in self._callers:
            raise AuthInvalid
        return self._callers[name]


class MemoryWsTokens:
    """Tokens that are good once; `old` was good a minute ago, `access` is a token of another type."""

    def __init__(self, **callers: Caller) -> None:
        self._callers = callers

    def issue(self, caller: Caller) -> str:
        """A new one."""
        self._callers["issued"] = caller
        return "issued"

    def redeem(self, token: str) -> Caller:
        """See `WsTokens`."""
        if token == "old":
            raise AuthExpired
        if token == "access":
            raise AuthInvalid("Invalid token type")
        if token not in self._callers:
            raise AuthInvalid
        return self._callers.pop(token)


class MemoryLimiter:
    """So many sockets at once, whoever asks.

    Attributes:
        inside: how many there are.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.inside = 0

    def address(self, request: Request) -> str | None:
        """The peer's."""
        return getattr(request.getClientAddress(), "host", None)

    def hit(self, request: Request, caller: Caller | None) -> None:
        """Nothing."""

    def enter(self, request: Request) -> Callable[[], None]:
        """See `Limiter`."""
        if self.inside >= self._most:
            raise RateLimited(retry_after_s=7)
        self.inside += 1
        left: list[bool] = []

        def leave() -> None:
            if not left:
                left.append(True)
                self.inside -= 1

        return leave


class MemoryAudit:
    """Keeps what it is told.

    Attributes:
        events: with who did it.
    """

    def __init__(self) -> None:
        self.events: list[tuple[AuditEvent, Caller | None]] = []

    def record(self, event: AuditEvent, caller: Caller | None = None) -> None:
        """See `Audit`."""
        self.events.append((event, caller))

    def problems(self) -> list[str]:
        """None."""
        return []

    def of(self, action: str) -> list[AuditEvent]:
        """The events of one action."""
        return [event for event, _ in self.events if event.action == action]


class MemoryExporter:
    """Keeps what it is given.

    Attributes:
        texts: with user and session.
        failure: raised instead, if it is set.
        is_slow: whether links wait for `answer`.
    """

    def __init__(self) -> None:
        self.texts: list[tuple[str, str, str]] = []
        self.failure: Exception | None = None
        self.is_slow = False
        self._waiting: list[Deferred[None]] = []

    async def export(self, principal: Principal, session_id: str, text: str) -> Link:
        """See `Exporter`."""
        if self.is_slow:
            self._waiting.append(Deferred())
            await self._waiting[-1]
        if self.failure is not None:
            raise self.failure
        self.texts.append((principal.user_id, session_id, text))
        return Link(f"https://s3.example/{len(self.texts)}", "2026-01-31T14:18:22Z")

    def answer(self) -> None:
        """Gives the links that wait."""
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(None)

    def problems(self) -> list[str]:
        """None."""
        return []


# A type checker holds them to the interfaces.
_: tuple[type[Authenticator], type[Tickets], type[WsTokens], type[Limiter]] = (
    MemoryAuthenticator,
    MemoryTickets,
    MemoryWsTokens,
    MemoryLimiter,
)
