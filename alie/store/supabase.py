"""The store of a clinic that has a Supabase project: what a caller may see and do, its row-level security decides.

The project must have been laid out by etc/supabase; where it has not, what is missing is told as DatabaseNotMigrated.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed

from alie.store.supabase_cases import SupabaseCases
from alie.store.supabase_feedback import SupabaseFeedback
from alie.store.supabase_sessions import SupabaseSessions
from alie.store.supabase_tables import SupabaseTables
from alie.supabase import SupabaseHttp


class SupabaseStore(SupabaseSessions, SupabaseCases, SupabaseFeedback):
    """Implements `alie.store.interface.Store`, where every method is described.

    Besides what is said there, every method raises AuthRequired for a caller without an access token of Supabase, and
    AuthExpired or AuthInvalid where Supabase no longer takes it; those that write raise ValidationFailed for values
    that no column can hold.

    Args:
        http: of the project. It is not closed by the store.
        now: Unix time, seconds.
    """

    name = "supabase"

    def __init__(self, http: SupabaseHttp, now: Callable[[], float]) -> None:
        super().__init__(SupabaseTables(http), now)

    def start(self) -> Deferred[None]:
        """Asks nothing: whether the project answers, `ping` tells."""
        return succeed(None)

    def stop(self) -> Deferred[None]:
        """Takes nothing more; fires when what was asked for has been answered."""
        return self.tables.stop()
