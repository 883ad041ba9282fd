"""The same records in the store's audit_logs, for the clinic to query. The files are what counts: this may fail."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from alie.audit.fields import REFUSED, fields
from alie.audit.interface import AuditEvent
from alie.principal import Caller

Send = Callable[[AuditEvent, Caller], Awaitable[None]]
Row = dict[str, Any]
AT_ONCE = 4
MAX_WAITING = 1000
STOP_S = 3.0
"""How long a stop waits for what is under way."""


class AuditStore(Protocol):
    """What is needed of a store; see `alie.store.interface`."""

    async def add_audit(self, caller: Caller, row: Row) -> None:
        """Adds a row to audit_logs."""


class Mirror:
    """Hands events on, a few at once, while a bounded number waits. All methods belong to the reactor thread.

    Args:
        clock: the reactor.
        send: takes one event to the store.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime, send: Send) -> None:
        self._clock = clock
        self._send = send
        self._waiting: deque[tuple[AuditEvent, Caller]] = deque()
        self._under_way = 0
        self._idle: Deferred[None] | None = None
        self._is_failing = False
        self.failed = 0
        """Events that did not get to the store."""

    def send(self, event: AuditEvent, caller: Caller) -> None:
        """Hands one event on, some time. Does not raise."""
        if len(self._waiting) >= MAX_WAITING:
            self._fail("too many wait")
            return
        self._waiting.append((event, caller))
        self._go_on()

    def stop(self) -> Deferred[None]:
        """Fires when nothing is under way any more, or after `STOP_S`; what has not been handed on then never is."""
        stopped: Deferred[None] = Deferred()
        if not self._under_way:
            stopped.callback(None)
            return stopped
        self._idle = stopped
        late = self._clock.callLater(STOP_S, self._give_up)
        return stopped.addCallback(lambda _: late.cancel() if late.active() else None)

    def _give_up(self) -> None:
        idle, self._idle = self._idle, None
        count = self._under_way + len(self._waiting)
        self.failed += count
        self._waiting.clear()
        self._log.error("{count} events did not get to the store before the stop", event="audit.mirror", count=count)
        if idle is not None:
            idle.callback(None)

    def _go_on(self) -> None:
        while self._waiting and self._under_way < AT_ONCE:
            self._under_way += 1
            Deferred.fromCoroutine(self._hand_on(*self._waiting.popleft())).addCallback(self._ended)

    async def _hand_on(self, event: AuditEvent, caller: Caller) -> None:
        try:
            await self._send(event, caller)
        except Exception as error:
            # Its text may quote the row.
            self._fail(type(error).__name__)
        else:
            if self._is_failing:
                self._is_failing = False
                self._log.info(
                    "The store takes audit events again; {count} did not get there",
                    event="audit.mirror",
                    count=self.failed,
                )

    def _ended(self, _: None) -> None:
        self._under_way -= 1
        self._go_on()
        idle = self._idle
        if idle is not None and not self._under_way:
            self._idle = None
            idle.callback(None)

    def _fail(self, name: str) -> None:
        self.failed += 1
        if not self._is_failing:
            self._is_failing = True
            self._log.error(
                "The store does not take audit events ({name}); the log's files have them",
                event="audit.mirror",
                name=name,
            )


def to_store(store: AuditStore, *, is_own: bool) -> Send:
    """What takes an event to a store's audit_logs.

    Args:
        store: which.
        is_own: whether the store is this server's own, where a caller needs no token; elsewhere events of callers
            without one are left to the files.
    """

    async def send(event: AuditEvent, caller: Caller) -> None:
        if caller.token or is_own:
            await store.add_audit(caller, row(event, caller))

    return send


def row(event: AuditEvent, caller: Caller) -> Row:
    """The event as a row of audit_logs, with nothing in it that the files may not hold.

    The id of a dictation is none of a saved session's, to which the column `session_id` refers: it is in `metadata`.
    """
    found = {name: None if value == REFUSED else value for name, value in fields(event, caller).items()}
    details = found["details"]
    is_saved = event.resource == "session"
    metadata = {**(details if isinstance(details, dict) else {}), "outcome": found["outcome"], "way": found["way"]}
    return {
        "session_id": found["sessionId"] if is_saved else None,
        "clinic_id": found["clinicId"],
        "action": found["action"] or REFUSED,
        "resource_type": found["resource"],
        "resource_id": found["resourceId"],
        "metadata": metadata if is_saved else {**metadata, "sessionId": found["sessionId"]},
        "ip_address": found["address"],
    }
