"""What Supabase Auth says of the account behind a token at this moment.

Source: supabase/auth, internal/api/auth.go and internal/api/apierrors
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alie.errors import AuthServiceError
from alie.supabase import SupabaseAnswer, SupabaseHttp, SupabaseUnreachable
from alie.tokens import Access, access_in

USER_PATH = "/auth/v1/user"
_REFUSED = (401, 403, 404)


@dataclass(frozen=True, slots=True)
class Account:
    """An account that may be used, with a session that goes on.

    Attributes:
        user_id: uuid.
        access: what it is in a clinic, as of now.
    """

    user_id: str
    access: Access


async def ask_for_account(http: SupabaseHttp, token: str, now: float) -> Account | None:
    """Shows a token that has not expired.

    Args:
        http: asks the project.
        token: of the user.
        now: Unix time.

    Returns:
        None where Supabase Auth does not take the token, or the account is gone or banned, or its session has ended.

    Raises:
        AuthServiceError: it cannot be told now.
    """
    try:
        answer = await http.request("GET", USER_PATH, token=token)
    except SupabaseUnreachable:
        raise AuthServiceError from None
    if _is_refusal(answer):
        return None
    user = answer.body
    if answer.status != 200 or not isinstance(user, dict) or not isinstance(user.get("id"), str):
        raise AuthServiceError
    if user.get("is_anonymous") or user.get("deleted_at") or _is_later(user.get("banned_until"), now):
        return None
    return Account(user["id"].lower(), access_in(user.get("app_metadata")))


def _is_refusal(answer: SupabaseAnswer) -> bool:
    """Whether Auth itself refuses. Its errors have a code; those of gateways before it (a wrong project key, a
    firewall) have none, and must not end everybody's session."""
    body = answer.body
    return answer.status in _REFUSED and isinstance(body, dict) and ("error_code" in body or "code" in body)


def _is_later(moment: Any, now: float) -> bool:
    if not isinstance(moment, str) or not moment:
        return False
    try:
        time = datetime.fromisoformat(moment)
    except ValueError:
        return True  # a ban whose end we cannot read is a ban
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() > now
