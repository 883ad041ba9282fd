"""What a store is. All methods belong to the reactor thread, and none blocks it.

Rows are JSON objects with the columns of the tables in etc/supabase, times as ISO 8601 in UTC ending in Z, ids as
uuid texts. A row that the caller may not see does not exist: `NotFound`, whoever owns it.

Every method may raise `DatabaseUnavailable` (no answer), `DatabaseError` (an answer that is none), and
`DatabaseNotMigrated` (a table, column or function is missing, or an old constraint is still there). Their sentences
hold nothing of the row and nothing of the driver's text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.defer import Deferred

from alie.principal import Caller

Row = dict[str, Any]

REPEAT_S = 600
"""Within so many seconds the same user, section and text is the same saved session."""


@dataclass(frozen=True, slots=True)
class NewSession:
    """A dictation to be saved.

    Attributes:
        section: as the page names it, such as "section_7".
        mode: word_for_word, smart_dictation or ambient.
        transcript: the text.
        language_code: detected or chosen, such as "fr-CA"; None where nothing says.
        consent_verified: what the page said; False where it said nothing.
    """

    section: str
    mode: str
    transcript: str
    language_code: str | None = None
    consent_verified: bool = False


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases to list: at most `limit`, updated within `days`, in order of the column `sort`, newest first where
    `is_descending`."""

    limit: int = 10
    days: int = 30
    sort: str = "updated_at"
    is_descending: bool = True


class Store(Protocol):
    """Profiles, sessions, cases and the rest of contract section 7, for one caller at a time."""

    name: str
    """"supabase" or "sqlite"."""

    def start(self) -> Deferred[None]:
        """Opens it; fails with a DatabaseError whose sentence the operator is shown."""

    def stop(self) -> Deferred[None]:
        """Closes it; fires when nothing is under way any more."""

    async def ping(self, caller: Caller | None) -> int:
        """How many profiles the caller can see; proves that the database answers."""

    async def memberships(self, caller: Caller) -> list[Row]:
        """The caller's active memberships: `clinic_id`, `role`."""

    # -- profiles

    async def profile(self, caller: Caller) -> Row | None:
        """The caller's own profile, or None."""

    async def create_profile(self, caller: Caller, fields: Row) -> Row:
        """Creates it from `display_name`, `email`, `locale` (what is missing has the table's default). Raises Conflict
        if there is one."""

    async def update_profile(self, caller: Caller, changes: Row) -> Row:
        """Changes what `changes` names. Raises NotFound; ClinicAccessDenied for a default clinic of others."""

    # -- sessions

    async def save_session(self, caller: Caller, new: NewSession) -> Row:
        """Saves session and transcript in one transaction; within `REPEAT_S` the same is the same row."""

    async def session(self, caller: Caller, session_id: str) -> Row:
        """One session. Raises NotFound."""

    async def artifacts(self, caller: Caller, session_id: str) -> Row | None:
        """`ir`, `role_map`, `narrative`, `processing_time` of the newest row; None if there is none. Raises NotFound if
        there is no such session."""

    async def save_artifacts(self, caller: Caller, session_id: str, artifacts: Row) -> None:
        """Adds a row of those four. Raises NotFound."""

    # -- cases

    async def cases(self, caller: Caller, query: CaseQuery) -> list[Row]:
        """The caller's cases."""

    async def create_case(self, caller: Caller, fields: Row) -> Row:
        """Creates one from `name`, `draft`, `clinic_id` (all optional). Raises ClinicAccessDenied."""

    async def case(self, caller: Caller, case_id: str) -> Row:
        """One case. Raises NotFound."""

    async def update_case(self, caller: Caller, case_id: str, changes: Row) -> Row:
        """Changes `name` or `status`. Raises NotFound."""

    async def save_section(self, caller: Caller, case_id: str, section_id: str, data: Row, status: str | None) -> Row:
        """Merges `{section_id: data}` into `draft.sections`, in one transaction; gives the case. Raises NotFound."""

    async def commit_section(self, caller: Caller, case_id: str, section_id: str, session_id: str, text: str) -> Row:
        """Adds the text to the case in one transaction; the same again is the same row. Gives `id`, `section_id`,
        `session_id`, `committed_at`. Raises NotFound for a case or a session that the caller may not see."""

    # -- clinics

    async def clinics(self, caller: Caller) -> list[Row]:
        """All that the caller may see."""

    async def clinic(self, caller: Caller, clinic_id: str) -> Row:
        """One clinic. Raises NotFound."""

    # -- feedback

    async def add_feedback(self, caller: Caller, fields: Row) -> Row:
        """Adds `content`, `ttl_days`, `session_id`, `template_id`; the user is the caller."""

    async def feedback(self, caller: Caller, limit: int, offset: int) -> tuple[list[Row], int]:
        """The caller's own, newest first, and how many there are. What is older than its `ttl_days` is gone."""

    async def one_feedback(self, caller: Caller, feedback_id: str) -> Row:
        """One of the caller's own. Raises NotFound."""

    async def update_feedback(self, caller: Caller, feedback_id: str, content: Row) -> Row:
        """Replaces its content. Raises NotFound."""

    async def delete_feedback(self, caller: Caller, feedback_id: str) -> None:
        """Deletes it. Raises NotFound."""

    # -- audit

    async def add_audit(self, caller: Caller, row: Row) -> None:
        """Adds a row to audit_logs: `session_id`, `clinic_id`, `action`, `resource_type`, `resource_id`, `metadata`,
        `ip_address`; the user is the caller."""
