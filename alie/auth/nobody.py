"""Where no identity can be proved: no Supabase, no keys."""

from __future__ import annotations

from collections.abc import Callable

from alie.errors import AuthInvalid
from alie.principal import Caller


class NobodyAuthenticator:
    """Refuses every token, since there is nothing that could prove one."""

    async def verify(self, token: str) -> Caller:
        """Raises AuthInvalid, always."""
        raise AuthInvalid

    def watch(self, caller: Caller, end: Callable[[], None]) -> Callable[[], None]:
        """Nothing can be revoked."""
        return lambda: None

    def problems(self) -> list[str]:
        """None: nobody is let in who should be."""
        return []
