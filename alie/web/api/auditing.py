"""What the audit log is told of requests: who did or tried what with which row, never what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alie.audit.interface import AuditEvent
from alie.errors import AlieError
from alie.web.routing import Reply


def visit(action: str, values: Mapping[str, str], outcome: Reply | AlieError, address: str | None) -> AuditEvent:
    """The event of a request that was let in.

    Args:
        action: as its route has it, such as "case.read".
        values: what stands in the place of the path's placeholders.
        outcome: what came of it.
        address: of the client.
    """
    noun = action.partition(".")[0]
    if isinstance(outcome, AlieError):
        result, status = outcome.rest_code, outcome.http_status
        details: dict[str, Any] = {}
    else:
        result, status = "ok", outcome.status
        details = dict(outcome.audited)
    return AuditEvent(
        action=action,
        outcome=result,
        session_id=details.pop("session_id", values.get("session_id")),
        resource=noun,
        resource_id=details.pop("resource_id", next(iter(values.values()), None)),
        address=address,
        details={**details, "status": status},
    )


def refusal(error: AlieError, address: str | None) -> AuditEvent:
    """The event of a request that was not let in.

    Args:
        error: why not.
        address: of the client.
    """
    return AuditEvent("auth.refuse", error.rest_code, address=address, details={"way": "rest"})
