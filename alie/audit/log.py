"""The audit log as the daemon uses it: takes events down on the reactor, has them written in a thread of its own.

Events that come while a write is under way go into the next one together. Nothing is dropped unseen: where the disk
fails, events wait, as many as may; those beyond are counted, and the count is recorded once writing works again.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

from alie.audit.fields import fields, refused
from alie.audit.interface import AuditEvent
from alie.audit.keys import SigningKey
from alie.audit.mirror import Mirror, Send
from alie.audit.verdict import LOST_ACTION
from alie.audit.writer import MAX_BYTES, Entry, Writer, Written
from alie.engines.bridge import Bridge, Pool
from alie.engines.scheduling import Kind
from alie.principal import Caller

MAX_WAITING = 10_000
"""Events that may wait for the disk: some 10 MB."""
BATCH = 500
SYNC_S = 1.0
"""What was written is on disk after so long; with a head, at once."""
RETRY_S = 1.0
ADVICE = "events are kept in memory until it can"


class AuditLog:
    """An `Audit`. All methods belong to the reactor thread.

    Args:
        reactor: its clock, `callLater` and `callFromThread`.
        folder: of the log, such as ALIE_STATE_DIR/audit.
        key: signs heads.
        now: Unix time; called in any thread.
        mirror: takes each event that has a caller to the store as well; may fail.
        max_bytes: a file this large is given another name, and a new one begun.
        pool: for tests; by default a `ThreadPool` of its own.
        write: `os.write`; for tests.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        folder: Path,
        key: SigningKey,
        now: Callable[[], float],
        mirror: Send | None = None,
        *,
        max_bytes: int = MAX_BYTES,
        pool: Pool | None = None,
        write: Callable[[int, bytes], int] = os.write,
    ) -> None:
        self._reactor = reactor
        self._now = now
        self._writer = Writer(folder, key, now, max_bytes, write)
        self._bridge = Bridge(reactor, 1, pool or ThreadPool(minthreads=0, maxthreads=1, name="alie-audit"))
        self._mirror = Mirror(reactor, mirror) if mirror is not None else None
        self._waiting: deque[Entry] = deque()
        self._lost = 0
        self._trouble = ""
        self._is_open = self._is_closed = self._is_writing = False
        self._has_unsynced = False
        self._synced_s = 0.0
        self._call: IDelayedCall | None = None
        self._idle: list[Deferred[None]] = []

    def start(self) -> Deferred[None]:
        """Opens the log, or goes on with it.

        Returns:
            A Deferred that fires when the log is open; it fails with an AuditError, whose sentence is for the operator.
        """
        return Deferred.fromCoroutine(self._start())

    def stop(self) -> Deferred[None]:
        """Writes what waits, signs, and closes; fires when that is done. Nothing to do where `start` has not fired."""
        return Deferred.fromCoroutine(self._stop())

    def record(self, event: AuditEvent, caller: Caller | None = None) -> None:
        """Takes an event down: to be written at once, on disk within `SYNC_S`."""
        found = fields(event, caller)
        bad = refused(found)
        if bad:
            self._log.error(
                "An event was recorded without what no audit log may hold: {names}",
                event="audit.refused",
                names=", ".join(bad),
            )
        if self._is_closed:
            self._log.error(
                "An event came after the audit log was closed: {action}", event="audit.lost", action=found["action"]
            )
        elif len(self._waiting) >= MAX_WAITING:
            if not self._lost:
                self._log.error(
                    "Too many events wait for the audit log: those that come now are counted, and lost",
                    event="audit.lost",
                )
            self._lost += 1
        else:
            self._waiting.append((self._now(), found))
        if self._mirror is not None and caller is not None:
            self._mirror.send(event, caller)
        self._wake()

    def problems(self) -> list[str]:
        """What hinders the log now, in sentences."""
        found = [f"{self._trouble}; {ADVICE}"] if self._trouble else []
        if self._lost:
            found.append(f"The audit log has lost {self._lost} events, since too many waited for the disk")
        return found

    # -- its life

    async def _start(self) -> None:
        self._bridge.start()
        try:
            written = await self._do(self._writer.open)
        except BaseException:
            await self._bridge.stop()
            raise
        self._is_open = True
        self._told(written)
        self._ended(None)

    async def _stop(self) -> None:
        if not self._is_open:
            return
        if self._mirror is not None:
            await self._mirror.stop()
        self._is_open = False
        self._cancel()
        await self._rest()
        # Whatever hindered the disk, it is tried once more.
        self._trouble = ""
        while (self._waiting or self._lost) and not self._trouble:
            await self._write()
        self._is_closed = True
        missing = len(self._waiting) + self._lost
        written = await self._do(self._writer.close)
        self._told(written)
        if written.trouble or missing:
            self._log.error(
                "The audit log was closed, and {bytes} bytes and {events} events could not be written",
                event="audit.lost",
                bytes=self._writer.waiting_bytes,
                events=missing,
            )
        await self._bridge.stop()

    async def _rest(self) -> None:
        """Waits until no write is under way."""
        if self._is_writing:
            idle: Deferred[None] = Deferred()
            self._idle.append(idle)
            await idle

    # -- writing

    def _wake(self) -> None:
        """Begins to write, unless that is under way, or the disk is given time."""
        if self._is_open and not self._is_writing and not self._trouble and self._waiting:
            self._begin()

    def _begin(self) -> None:
        self._cancel()
        self._is_writing = True
        Deferred.fromCoroutine(self._write()).addCallback(self._ended)

    async def _write(self) -> None:
        batch = self._take()
        must_sync = self._reactor.seconds() >= self._synced_s + SYNC_S
        try:
            written = await self._do(lambda: self._writer.write(batch, must_sync))
        except Exception as error:
            # A fault of ours. Its text may hold a record.
            written = Written(trouble=f"The audit log cannot be written: {type(error).__name__}", is_synced=False)
        self._told(written)

    async def _do(self, work: Callable[[], Written]) -> Written:
        return await self._bridge.run(self, Kind.FINAL, self._reactor.seconds(), work)

    def _take(self) -> list[Entry]:
        if self._trouble:
            # What was handed over already is to be written first.
            return []
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        if self._lost:
            lost = AuditEvent(LOST_ACTION, details={"count": self._lost})
            self._waiting.append((self._now(), fields(lost, None)))
            self._lost = 0
        return batch

    def _ended(self, _: None) -> None:
        self._is_writing = False
        if self._is_open and self._trouble:
            self._call = self._reactor.callLater(RETRY_S, self._begin)
        elif self._is_open and self._has_unsynced and not self._waiting:
            left_s = max(0.0, self._synced_s + SYNC_S - self._reactor.seconds())
            self._call = self._reactor.callLater(left_s, self._begin)
        idle, self._idle = self._idle, []
        for one in idle:
            one.callback(None)
        self._wake()

    def _told(self, written: Written) -> None:
        if written.trouble and written.trouble != self._trouble:
            self._log.error("{trouble}; {advice}", event="audit.unwritable", trouble=written.trouble, advice=ADVICE)
        elif self._trouble and not written.trouble:
            self._log.info("The audit log can be written again", event="audit.writable")
        self._trouble = written.trouble
        self._has_unsynced = not written.is_synced
        if written.is_synced:
            self._synced_s = self._reactor.seconds()
        for head in written.heads:
            self._log.info(
                "audit head {seq} {hash} {signature}",
                event="audit.head",
                seq=head.seq,
                hash=head.hash,
                signature=head.signature,
            )

    def _cancel(self) -> None:
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None
