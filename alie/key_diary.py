"""Takes down in the audit log what operators did with access keys. Belongs to the reactor thread.

An event is deleted from the database one look after it was handed in, and only while the audit log can be written. So
none is lost when the daemon ends in between; it may then be in the log twice, with the same `eventNumber`.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from alie.audit.interface import Audit, AuditEvent
from alie.errors import AlieError
from alie.store import key_events
from alie.store.interface import Row
from alie.store.sqlite import SqliteStore

LOOK_S = 20.0
"""Between two looks: as often as whether keys are revoked is asked."""


class KeyDiary:
    """A member of the daemon, which is started after the store and the audit log.

    Args:
        reactor: its `callLater`.
        store: that has the keys.
        audit: where it is taken down.
    """

    _log = Logger()

    def __init__(self, reactor: Any, store: SqliteStore, audit: Audit) -> None:
        self._reactor = reactor
        self._store = store
        self._audit = audit
        self._timer: Any = None
        self._looking: Deferred[None] | None = None
        self._last = 0
        """Number of the event that was handed in last."""

    def start(self) -> None:
        """Looks at once, and then at intervals."""
        self._timer = None
        self._looking = Deferred.fromCoroutine(self._look())

    async def _stop(self) -> None:
        if self._looking is not None:
            await self._looking
        if self._timer is not None:
            self._timer.cancel()

    def stop(self) -> Deferred[None]:
        """Looks no more; fires when the last look has ended."""
        return Deferred.fromCoroutine(self._stop())

    async def _look(self) -> None:
        try:
            if self._last and not self._audit.problems():
                last = self._last
                await self._store.call(lambda database: key_events.forget(database, last))
            for row in await self._store.call(lambda database: key_events.waiting(database, self._last)):
                self._audit.record(_event(row))
                self._last = row["number"]
        except AlieError as error:
            # The database tells of its troubles elsewhere; what is in it stays there.
            self._log.info(
                "What was done with access keys is taken down later: {code}", event="audit.keys_later", code=error.code
            )
        self._timer = self._reactor.callLater(LOOK_S, self.start)


def _event(row: Row) -> AuditEvent:
    details = {
        "keyId": row["key_id"],
        "clinicId": row["clinic_id"],
        "role": row["role"],
        "at": row["at"],
        "uid": row["uid"],
        "sudoUid": row["sudo_uid"],
        "eventNumber": row["number"],
    }
    return AuditEvent(f"key.{row['action']}", resource="user", resource_id=row["user_id"], details=details)
