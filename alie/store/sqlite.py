"""The store of a clinic of its own, without Supabase: one SQLite file in the state directory.

Rules of who sees what are in `sqlite_rules`. All SQL runs in one thread; what waits for it is bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import Deferred

from alie.engines.bridge import Pool
from alie.errors import DatabaseUnavailable
from alie.principal import Caller
from alie.store import sqlite_cases, sqlite_feedback, sqlite_people, sqlite_sessions
from alie.store.interface import CaseQuery, NewSession, Row
from alie.store.sqlite_database import Database
from alie.store.sqlite_file import open_database
from alie.store.thread import StoreThread, ThreadReactor

T = TypeVar("T")


class SqliteStore:
    """Implements `alie.store.interface.Store`, where every method is described.

    Args:
        reactor: its `callFromThread`.
        path: of the file, in a directory that exists (see `alie.state`).
        now: Unix time, seconds, by which rows are dated.
        pool: for tests; by default one thread.
    """

    name = "sqlite"

    def __init__(self, reactor: ThreadReactor, path: str, now: Callable[[], float], pool: Pool | None = None) -> None:
        self._thread = StoreThread(reactor, pool)
        self._path = path
        self._now = now
        self._database: Database | None = None

    def start(self) -> Deferred[None]:
        """Opens the file; fails with a DatabaseError whose sentence the operator is shown."""
        self._thread.start()
        return self._thread.run(self._open)

    def stop(self) -> Deferred[None]:
        """Does what was asked for, then closes the file; fires when the thread has ended. For once only."""
        return self._thread.stop(self._close)

    async def call(self, work: Callable[[Database], T]) -> T:
        """Has `work` done in the store's thread.

        Raises:
            DatabaseUnavailable: as much waits as may, or the file is not open.
        """
        return await self._thread.run(lambda: work(self._opened()))

    def _open(self) -> None:
        database = open_database(self._path, self._now)
        sqlite_feedback.forget_old(database)
        self._database = database

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _opened(self) -> Database:
        if self._database is None:
            raise DatabaseUnavailable
        return self._database

    async def ping(self, caller: Caller | None) -> int:
        """Profiles that the caller can see: 0 or 1."""
        user_id = caller.principal.user_id if caller else None
        return await self.call(lambda database: sqlite_people.count_profiles(database, user_id))

    async def memberships(self, caller: Caller) -> list[Row]:
        """Active ones."""
        return await self.call(lambda database: sqlite_people.memberships(database, _me(caller)))

    async def profile(self, caller: Caller) -> Row | None:
        """The caller's own."""
        return await self.call(lambda database: sqlite_people.profile(database, _me(caller)))

    async def create_profile(self, caller: Caller, fields: Row) -> Row:
        """The caller's own, for the first time."""
        return await self.call(lambda database: sqlite_people.create_profile(database, _me(caller), fields))

    async def update_profile(self, caller: Caller, changes: Row) -> Row:
        """The caller's own."""
        return await self.call(lambda database: sqlite_people.update_profile(database, _me(caller), changes))

    async def save_session(self, caller: Caller, new: NewSession) -> Row:
        """Session and transcript; belongs to the caller, and to his clinic while he is a member there."""
        return await self.call(lambda database: sqlite_sessions.save(database, caller.principal, new))

    async def session(self, caller: Caller, session_id: str) -> Row:
        """For the owner and members of its clinic."""
        return await self.call(lambda database: sqlite_sessions.session(database, _me(caller), session_id))

    async def artifacts(self, caller: Caller, session_id: str) -> Row | None:
        """For those who may see the session."""
        return await self.call(lambda database: sqlite_sessions.artifacts(database, _me(caller), session_id))

    async def save_artifacts(self, caller: Caller, session_id: str, artifacts: Row) -> None:
        """For the session's owner."""
        await self.call(lambda database: sqlite_sessions.save_artifacts(database, _me(caller), session_id, artifacts))

    async def cases(self, caller: Caller, query: CaseQuery) -> list[Row]:
        """The caller's own, without those of colleagues."""
        return await self.call(lambda database: sqlite_cases.cases(database, _me(caller), query))

    async def create_case(self, caller: Caller, fields: Row) -> Row:
        """Belongs to the caller, and to the clinic that is named or his own."""
        return await self.call(lambda database: sqlite_cases.create(database, caller.principal, fields))

    async def case(self, caller: Caller, case_id: str) -> Row:
        """For the owner and members of its clinic."""
        return await self.call(lambda database: sqlite_cases.case(database, _me(caller), case_id))

    async def update_case(self, caller: Caller, case_id: str, changes: Row) -> Row:
        """For the case's owner."""
        return await self.call(lambda database: sqlite_cases.update(database, _me(caller), case_id, changes))

    async def save_section(self, caller: Caller, case_id: str, section_id: str, data: Row, status: str | None) -> Row:
        """For the case's owner."""
        return await self.call(
            lambda database: sqlite_cases.save_section(database, _me(caller), case_id, section_id, data, status)
        )

    async def commit_section(self, caller: Caller, case_id: str, section_id: str, session_id: str, text: str) -> Row:
        """For the case's owner, with a session that he may see."""
        return await self.call(
            lambda database: sqlite_cases.commit_section(database, _me(caller), case_id, section_id, session_id, text)
        )

    async def clinics(self, caller: Caller) -> list[Row]:
        """All there are."""
        return await self.call(sqlite_people.clinics)

    async def clinic(self, caller: Caller, clinic_id: str) -> Row:
        """Any."""
        return await self.call(lambda database: sqlite_people.clinic(database, clinic_id))

    async def add_feedback(self, caller: Caller, fields: Row) -> Row:
        """The caller's own."""
        return await self.call(lambda database: sqlite_feedback.add(database, _me(caller), fields))

    async def feedback(self, caller: Caller, limit: int, offset: int) -> tuple[list[Row], int]:
        """The caller's own."""
        return await self.call(lambda database: sqlite_feedback.some(database, _me(caller), limit, offset))

    async def one_feedback(self, caller: Caller, feedback_id: str) -> Row:
        """The caller's own."""
        return await self.call(lambda database: sqlite_feedback.one(database, _me(caller), feedback_id))

    async def update_feedback(self, caller: Caller, feedback_id: str, content: Row) -> Row:
        """The caller's own."""
        return await self.call(lambda database: sqlite_feedback.update(database, _me(caller), feedback_id, content))

    async def delete_feedback(self, caller: Caller, feedback_id: str) -> None:
        """The caller's own."""
        await self.call(lambda database: sqlite_feedback.delete(database, _me(caller), feedback_id))

    async def add_audit(self, caller: Caller, row: Row) -> None:
        """About the caller."""
        await self.call(lambda database: sqlite_people.add_audit(database, caller.principal, row))


def _me(caller: Caller) -> str:
    return caller.principal.user_id
