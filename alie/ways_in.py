"""How a client can prove who speaks, as a sentence for the operator."""

from __future__ import annotations

from alie.access_settings import AccessSettings


def ways_in(access: AccessSettings) -> str:
    """Every way in, and how to open those that are shut. For the journal: nothing here is secret."""
    if not access.is_token_owed:
        return "Anyone may dictate: no proof is owed (WS_REQUIRE_AUTH)."
    in_url = "is taken" if access.takes_token_in_url else "is taken only with ALIE_WS_TOKEN_IN_URL=1"
    origin = (
        "are let in without any" if access.trusts_origin else "would be let in without any by ALIE_WS_ORIGIN_TRUST=1"
    )
    return (
        "Ways in: a token in the first message; the ticket cookie that any REST answer to a Bearer token sets, "
        f"sent along by a page of an allowed origin; ?ws_token= {in_url}; pages of configured origins {origin}."
    )
