"""Who speaks on a socket, how that was proved, and until when."""

from __future__ import annotations

from datetime import UTC, datetime

from alie import actions as do
from alie import events as on
from alie.actions import Action
from alie.errors import AlieError
from alie.limits import Limits
from alie.principal import KEY, SUPABASE, Caller

MESSAGE, TICKET, WS_TOKEN, TRUSTED_ORIGIN, NO_WAY = "message", "ticket", "ws_token", "origin", "none"
"""How proof comes."""


class Standing:
    """What is known of the client, on the session's clock.

    Args:
        is_owed: whether proof is owed (`WS_REQUIRE_AUTH`). If it is not, no token is looked at.
        caller: whom the door has let in; None: nobody yet.
        way: how the proof came there; `TICKET` without a caller: one came that was no good.
        refusal: why the door turned the socket away; None: it did not.

    Attributes:
        due_at: when time will ask for something (`is_unanswered`, `is_over`, `is_expiring`); None: never.
    """

    def __init__(
        self,
        *,
        is_owed: bool = False,
        caller: Caller | None = None,
        way: str = NO_WAY,
        refusal: AlieError | None = None,
    ) -> None:
        self.is_owed = is_owed
        self.caller = caller
        self.way = way
        self.refusal = refusal
        self.due_at: float | None = None
        self._asked = 0
        self._answer_by: float | None = None
        self._expires_at: float | None = None
        self._warns_at: float | None = None
        self._ends_at: float | None = None

    @property
    def is_debtor(self) -> bool:
        """Whether proof is owed still."""
        return self.is_owed and self.caller is None

    @property
    def is_asking(self) -> bool:
        """Whether a token is being verified."""
        return self._answer_by is not None

    @property
    def has_identity(self) -> bool:
        """Whether the caller is a person whose access can be revoked, and to whom texts may be handed."""
        return self.caller is not None and self.caller.principal.way in (SUPABASE, KEY)

    @property
    def expires_at(self) -> str | None:
        """When the proof expires, ISO 8601 in UTC, ending in Z; None: never."""
        expires_at = self.caller.principal.expires_at if self.caller else None
        if expires_at is None:
            return None
        return datetime.fromtimestamp(expires_at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def ask(self, token: str, now: float, limits: Limits) -> do.Verify:
        """Has a token verified."""
        self._asked += 1
        self._answer_by = now + limits.verify_s
        self._plan()
        return do.Verify(token, self._asked)

    def takes(self, answer: on.Verified | on.Refused) -> bool:
        """Whether this answers what was asked last; if so, nothing is being asked any more."""
        if self._answer_by is None or answer.number != self._asked:
            return False
        self._answer_by = None
        self._plan()
        return True

    def is_other(self, caller: Caller) -> bool:
        """Whether this is another user than the one who speaks."""
        return self.caller is None or caller.principal.user_id != self.caller.principal.user_id

    def is_same_user(self, other: Standing) -> bool:
        """Whether the other client is the same user; where nobody is known on either side, that says nothing."""
        if self.caller is None or other.caller is None:
            return self.caller is other.caller
        return not self.is_other(other.caller)

    def follow(self, other: Standing) -> None:
        """Takes another's place: answers to what that one asked are no answers any more."""
        self._asked = max(self._asked, other._asked)

    def accept(self, proof: on.Verified, now: float, limits: Limits) -> list[Action]:
        """Takes the caller whom a token in a message has proved."""
        self.caller, self.way = proof.caller, MESSAGE
        self._expires_at = self._warns_at = self._ends_at = None
        if proof.lifetime_s is not None:
            self._expires_at = now + proof.lifetime_s
            self._warns_at = self._expires_at - limits.expiry_warning_s
            self._ends_at = self._expires_at + limits.expiry_grace_s
        self._plan()
        return self.watch()

    def forget(self) -> None:
        """Whoever the door let in counts no more: proof is owed again."""
        self.caller = None

    def watch(self) -> list[Action]:
        """What must be done so that a revocation is heard of."""
        return [do.Watch(self.caller)] if self.caller is not None and self.has_identity else []

    def is_unanswered(self, now: float) -> bool:
        """Whether a verification takes too long."""
        return self._answer_by is not None and now >= self._answer_by

    def give_up(self) -> None:
        """No answer is expected any more; one that comes all the same is dropped."""
        self._answer_by = None
        self._plan()

    def is_over(self, now: float) -> bool:
        """Whether the proof has expired, and time enough to renew it has passed."""
        return self._ends_at is not None and now >= self._ends_at

    def is_expiring(self, now: float) -> bool:
        """Whether the client must be told now that its proof expires; true once for each."""
        if self._warns_at is None or now < self._warns_at:
            return False
        self._warns_at = None
        self._plan()
        return True

    def expires_in_s(self, now: float) -> int:
        """Seconds until the proof expires; 0 where it has."""
        return 0 if self._expires_at is None else max(0, round(self._expires_at - now))

    def _plan(self) -> None:
        times = [at for at in (self._answer_by, self._warns_at, self._ends_at) if at is not None]
        self.due_at = min(times, default=None)
