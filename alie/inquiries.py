"""What a session asks and has to wait for: who a token names, whether access still stands, where an export went."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from alie import actions as do
from alie import events as on
from alie.errors import AlieError, Internal, RetentionOff
from alie.principal import Caller
from alie.surroundings import Surroundings


class Inquiries:
    """Asks for one session. Every question is answered by one event, whatever fails; none is cancelled, since others
    may wait for the same answer.

    Args:
        session_id: of the session.
        around: who is asked.
        tell: takes the events; a session that has ended ignores them.
    """

    _log = Logger()

    def __init__(self, session_id: str, around: Surroundings, tell: Callable[[object], None]) -> None:
        self._session_id = session_id
        self._around = around
        self._tell = tell
        self._end_watch: Callable[[], None] = lambda: None

    def verify(self, asked: do.Verify) -> None:
        """Answered by `Verified` or `Refused`."""
        self._run(self._verify(asked))

    async def _verify(self, asked: do.Verify) -> None:
        try:
            caller = await self._around.authenticator.verify(asked.token)
        except AlieError as error:
            self._tell(on.Refused(error, asked.number))
        except Exception as fault:
            self._tell(on.Refused(self._fault(fault), asked.number))
        else:
            expires_at = caller.principal.expires_at
            lifetime_s = None if expires_at is None else expires_at - self._around.wall()
            self._tell(on.Verified(caller, lifetime_s, asked.number))

    def export(self, asked: do.Export, caller: Caller | None, record: Callable[[str], None]) -> None:
        """Answered by `Exported`; `record` gets the outcome, even after the session has ended."""
        self._run(self._export(asked, caller, record))

    async def _export(self, asked: do.Export, caller: Caller | None, record: Callable[[str], None]) -> None:
        exporter = self._around.exporter
        try:
            if exporter is None or caller is None:
                raise RetentionOff
            link = await exporter.export(caller.principal, self._session_id, asked.text)
        except AlieError as error:
            done = on.Exported(error=error)
        except Exception as fault:
            done = on.Exported(error=self._fault(fault))
        else:
            done = on.Exported(link.url, link.expires_at)
        record("ok" if done.error is None else done.error.code)
        self._tell(done)

    def watch(self, caller: Caller) -> None:
        """Tells `Revoked` when this caller's access is gone; whoever was watched before is not any more."""
        self.end()
        self._end_watch = self._around.authenticator.watch(caller, lambda: self._tell(on.Revoked()))

    def end(self) -> None:
        """Nobody is watched any more. May be called repeatedly."""
        end, self._end_watch = self._end_watch, lambda: None
        end()

    def leave(self) -> None:
        """The session has ended: it is told nothing more, and is not kept alive by answers that are still to come."""
        self.end()
        self._tell = lambda event: None

    def _run(self, coroutine: Coroutine[Deferred[Any], Any, None]) -> None:
        Deferred.fromCoroutine(coroutine).addErrback(self._log_failure)

    def _fault(self, fault: Exception) -> Internal:
        # Its kind only: what libraries say may quote the token or the text.
        self._log.error(
            "Session {session_id}: {kind} where an answer was due",
            event="session.no_answer",
            session_id=self._session_id,
            kind=type(fault).__name__,
        )
        return Internal()

    def _log_failure(self, failure: Failure) -> None:
        kind = type(failure.value).__name__
        self._log.error(
            "Session {session_id}: {kind} after an answer",
            event="session.no_answer",
            session_id=self._session_id,
            kind=kind,
        )
