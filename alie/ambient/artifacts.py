"""What is kept of a consultation in a saved session: a row of the table `artifacts`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alie.ambient.narrative import Ir, narrate
from alie.ambient.turns import CLINICIAN, PATIENT, swapped
from alie.errors import Conflict

Artifacts = dict[str, Any]


def artifacts_of(ir: Ir, roles: Mapping[str, str], took_ms: int) -> Artifacts:
    """The row: `ir`, `role_map`, `narrative`, `processing_time`.

    Args:
        ir: as `alie.ambient.narrative.read_turns` gives it.
        roles: by speaker.
        took_ms: how long it took to make it, in milliseconds.
    """
    return {
        "ir": ir,
        "role_map": dict(roles),
        "narrative": narrate(ir, roles),
        "processing_time": {"totalMs": took_ms},
    }


def with_swapped_roles(artifacts: Mapping[str, Any], took_ms: int) -> Artifacts:
    """The same consultation with patient and clinician exchanged, told again.

    Args:
        artifacts: a row.
        took_ms: as for `artifacts_of`.

    Raises:
        Conflict: the row was made by another program, and cannot be told again from what is in it.
    """
    ir, roles = artifacts.get("ir"), artifacts.get("role_map")
    if not _is_ours(ir, roles):
        raise Conflict("These artifacts were made by another program and cannot be told again (409)")
    return artifacts_of(ir, swapped(roles), took_ms)  # type: ignore[arg-type]  # has been looked at


def _is_ours(ir: object, roles: object) -> bool:
    if not isinstance(ir, dict) or not isinstance(roles, dict) or not isinstance(ir.get("turns"), list):
        return False
    are_known = all(role in (PATIENT, CLINICIAN) for role in roles.values())
    is_timed = isinstance(ir.get("totalDuration"), int | float)
    return are_known and is_timed and all(_is_turn(turn, roles) for turn in ir["turns"])


def _is_turn(turn: object, roles: Mapping[str, str]) -> bool:
    return (
        isinstance(turn, dict)
        and isinstance(turn.get("speaker"), str)
        and turn["speaker"] in roles
        and isinstance(turn.get("text"), str)
        and isinstance(turn.get("wordCount"), int)
    )
