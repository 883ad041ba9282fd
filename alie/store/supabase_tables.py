"""Rows of a Supabase project by PostgREST, with the caller's own token, so that row-level security decides.

Sources: docs.postgrest.org/en/v14/references/api/{tables_views,preferences,pagination_count,functions}.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import Deferred, DeferredSemaphore, succeed
from twisted.logger import Logger

from alie.errors import AlieError, AuthRequired, DatabaseError, DatabaseUnavailable, NotFound
from alie.principal import SUPABASE, Caller
from alie.store.interface import Row
from alie.store.supabase_errors import code_of, error_of
from alie.store.supabase_rows import count_of, must_fit, row_of, rows_of
from alie.supabase import SupabaseAnswer, SupabaseHttp, SupabaseUnreachable

MAX_AT_ONCE = 32
MAX_WAITING = 256

Filter = tuple[str, str]
"""A parameter of the query, such as ("id", "eq.1") or ("limit", "1")."""

_ONE = {"Accept": "application/vnd.pgrst.object+json"}
_GIVE_BACK = {"Prefer": "return=representation"}
_GIVE_NOTHING = {"Prefer": "return=minimal"}
_COUNT = {"Prefer": "count=exact"}
_OK = range(200, 300)
_BEYOND_THE_LAST = 416


class SupabaseTables:
    """Reads and writes rows. All methods belong to the reactor thread.

    Every method that takes a caller raises AuthRequired where there is no token of Supabase to be shown, the errors of
    `error_of`, and DatabaseUnavailable where there is no answer, as much waits as may, or `stop` was called. `missing`
    and `denied` are those of `error_of`.
    """

    _log = Logger()

    def __init__(self, http: SupabaseHttp) -> None:
        self._http = http
        self._seats = DeferredSemaphore(MAX_AT_ONCE)
        self._under_way = 0
        self._is_open = True
        self._idle: Deferred[None] | None = None

    def stop(self) -> Deferred[None]:
        """Takes nothing more, and refuses what still waits for its turn; fires when what was asked has been answered,
        at most `alie.supabase.TIMEOUT_S` later. For once only."""
        self._is_open = False
        if not self._under_way:
            return succeed(None)
        self._idle = Deferred()
        return self._idle

    async def rows(self, caller: Caller, table: str, *filters: Filter) -> list[Row]:
        """Those that match."""
        return rows_of((await self._ask(caller, "GET", table, filters)).body)

    async def page(self, caller: Caller, table: str, *filters: Filter) -> tuple[list[Row], int]:
        """Those that match within `limit` and `offset`, and how many match without them."""
        answer = await self._ask(caller, "GET", table, filters, headers=_COUNT, also=_BEYOND_THE_LAST)
        if answer.status == _BEYOND_THE_LAST:
            everywhere = [each for each in filters if each[0] not in ("limit", "offset", "order")]
            return [], await self.count(caller, table, *everywhere)
        return rows_of(answer.body), count_of(answer.headers.get("content-range"))

    async def count(self, caller: Caller | None, table: str, *filters: Filter) -> int:
        """How many match, as the caller sees it, or somebody who shows the project's key alone. Asked by GET, since the
        answer to HEAD could not say what is wrong."""
        one = (*filters, ("limit", "1"))
        answer = await self._ask(caller, "GET", table, one, headers=_COUNT, is_anybody=caller is None)
        return count_of(answer.headers.get("content-range"))

    async def row(self, caller: Caller, table: str, *filters: Filter, missing: str) -> Row:
        """The one that matches. Raises NotFound."""
        answer = await self._ask(caller, "GET", table, filters, headers=_ONE, missing=missing)
        return row_of(answer.body)

    async def insert(
        self, caller: Caller, table: str, row: Row, *columns: Filter, denied: AlieError | None = None
    ) -> Row:
        """Adds a row, and gives it with what the database put in. Raises Conflict."""
        answer = await self._ask(caller, "POST", table, columns, row, {**_ONE, **_GIVE_BACK}, denied=denied)
        return row_of(answer.body)

    async def add(self, caller: Caller, table: str, row: Row, *, denied: AlieError | None = None) -> None:
        """Adds a row that need not be seen."""
        await self._ask(caller, "POST", table, (), row, _GIVE_NOTHING, denied=denied)

    async def update(
        self, caller: Caller, table: str, changes: Row, *filters: Filter, missing: str, denied: AlieError | None = None
    ) -> Row:
        """Changes the one that matches; more are none, and nothing is changed then. Raises NotFound."""
        headers = {**_ONE, **_GIVE_BACK}
        answer = await self._ask(caller, "PATCH", table, filters, changes, headers, missing=missing, denied=denied)
        return row_of(answer.body)

    async def delete(self, caller: Caller, table: str, *filters: Filter, missing: str) -> None:
        """Deletes the one that matches. Raises NotFound."""
        await self._ask(caller, "DELETE", table, filters, headers={**_ONE, **_GIVE_BACK}, missing=missing)

    async def call(
        self, caller: Caller, function: str, given: Row, *, missing: str, denied: AlieError | None = None
    ) -> Row:
        """Calls a function that gives a JSON object, in one transaction. Raises NotFound where it gives null."""
        answer = await self._ask(caller, "POST", f"rpc/{function}", (), given, denied=denied)
        if answer.body is None:
            raise NotFound(missing)
        return row_of(answer.body)

    async def _ask(
        self,
        caller: Caller | None,
        method: str,
        path: str,
        params: tuple[Filter, ...],
        json: Row | None = None,
        headers: Mapping[str, str] = {},
        *,
        missing: str = "",
        denied: AlieError | None = None,
        also: int = 200,
        is_anybody: bool = False,
    ) -> SupabaseAnswer:
        """An answer that is 2xx, or of the status `also`."""
        token = None if is_anybody else _token(caller)
        if json is not None:
            must_fit(json)
        if not self._is_open or len(self._seats.waiting) >= MAX_WAITING:
            raise DatabaseUnavailable
        self._under_way += 1
        try:
            answer = await self._seats.run(lambda: self._sent(method, path, token, params, json, headers))
        except SupabaseUnreachable as error:
            self._log.warn("Supabase gives no answer: {name}", event="store.no_answer", name=error.name)
            raise DatabaseUnavailable from None
        finally:
            self._leave()
        if answer.status in _OK or answer.status == also:
            return answer
        refusal = error_of(answer, missing, denied)
        if isinstance(refusal, DatabaseError):
            code = code_of(answer)
            self._log.warn(
                "Supabase refused {method} {path}: {status} {code}",
                event="store.refused",
                method=method,
                path=path,
                status=answer.status,
                code=code,
            )
        raise refusal

    def _sent(
        self, method: str, path: str, token: str | None, params: tuple[Filter, ...], json: Any, headers: Any
    ) -> Deferred[SupabaseAnswer]:
        if not self._is_open:
            raise DatabaseUnavailable
        request = self._http.request(method, f"/rest/v1/{path}", token=token, params=params, json=json, headers=headers)
        return Deferred.fromCoroutine(request)

    def _leave(self) -> None:
        self._under_way -= 1
        if not self._under_way and self._idle is not None:
            idle, self._idle = self._idle, None
            idle.callback(None)


def _token(caller: Caller | None) -> str:
    """The caller's token of Supabase; what proves something elsewhere is never shown there."""
    if caller is None or caller.principal.way != SUPABASE or not caller.token:
        raise AuthRequired
    return caller.token
