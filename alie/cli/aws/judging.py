"""From what AWS answered to findings. Pure.

Sources: docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html,
docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_ai-opt-out_syntax.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from alie.cli.aws.finding import FAILED, OK, UNKNOWN, WARNING, Finding

ACTIONS = {
    "websocket": "transcribe:StartStreamTranscriptionWebSocket",
    "sdk": "transcribe:StartStreamTranscription",
}
"""What each transport needs to be allowed."""

SKEW_WARNING_S = 120
SKEW_FAILED_S = 300
"""AWS takes signatures that are up to five minutes old."""

_HOME = "ca-central-1"
_WITHOUT_STREAMING = ("ca-west-1",)
_POLICY = "attach etc/aws/iam-policy.json to it"
_OTHER_QUOTAS = ("medical", "call analytics", "health")


def clock(skew_s: float) -> Finding:
    """How far our clock is from AWS's; positive where ours is ahead."""
    detail = f"{abs(skew_s):.0f} s {'ahead of' if skew_s >= 0 else 'behind'} AWS"
    advice = "set the clock by a time server (chrony, systemd-timesyncd)"
    if abs(skew_s) >= SKEW_FAILED_S:
        return Finding("clock", FAILED, f"{detail}; from 300 s on AWS refuses what is signed here", advice)
    if abs(skew_s) >= SKEW_WARNING_S:
        return Finding("clock", WARNING, detail, advice)
    return Finding("clock", OK, detail)


def region(name: str) -> Finding:
    """Whether audio stays where it should."""
    if name == _HOME:
        return Finding("region", OK, f"{name}, near Montréal")
    if name in _WITHOUT_STREAMING:
        return Finding("region", FAILED, f"{name} has no Transcribe streaming", f"set AWS_REGION={_HOME}")
    return Finding("region", WARNING, f"{name}: audio leaves Québec and Canada", f"set AWS_REGION={_HOME}")


def permissions(results: Sequence[Mapping[str, Any]], transport: str) -> list[Finding]:
    """A finding for each action.

    Args:
        results: `EvaluationResults` of the simulation.
        transport: the one that is configured; what the other needs is told, but fails nothing.
    """
    decisions = {result["EvalActionName"]: result for result in results}
    return [_permission(action, decisions.get(action, {}), owner == transport) for owner, action in ACTIONS.items()]


def _permission(action: str, result: Mapping[str, Any], is_needed: bool) -> Finding:
    decision = result.get("EvalDecision", "")
    if decision == "allowed":
        return Finding("permission", OK, action)
    if not decision:
        return Finding("permission", UNKNOWN, f"{action}: AWS did not say", _POLICY)
    reason, advice = _why_denied(result, decision)
    detail = f"{action} {reason}"
    return Finding("permission", FAILED if is_needed else WARNING, detail, advice)


def _why_denied(result: Mapping[str, Any], decision: str) -> tuple[str, str]:
    if result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False:
        return "is denied by a service control policy of the organization", "ask who manages the organization"
    if result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary") is False:
        return "is outside the permissions boundary", "widen the permissions boundary of this user or role"
    if decision == "explicitDeny":
        return "is denied by a policy", "find the Deny statement in the policies of this user or role"
    return "is allowed by no policy", _POLICY


def quotas(found: Sequence[Mapping[str, Any]], transport: str, streams: int) -> Finding:
    """The account's streams at once, beside ours.

    Args:
        found: `Quotas` of service code "transcribe".
        transport: the one that is configured.
        streams: how many Alie reckons with.
    """
    sizes = {quota["QuotaName"]: int(quota["Value"]) for quota in found if _is_of_streams(quota["QuotaName"])}
    if not sizes:
        return Finding("quota", UNKNOWN, "AWS lists no quota of streams", "see Service Quotas in the AWS console")
    told = "; ".join(f"{name}: {size}" for name, size in sorted(sizes.items()))
    told = f"{told}; Alie reckons with {streams}"
    sign = "websocket" if transport == "websocket" else "http/2"
    ours = [size for name, size in sizes.items() if sign in name.lower()]
    if ours and streams > min(ours):
        advice = f"ask for more in Service Quotas, or set ALIE_TRANSCRIBE_QUOTA={min(ours)}"
        return Finding("quota", WARNING, told, advice)
    return Finding("quota", OK, told)


def _is_of_streams(name: str) -> bool:
    lower = name.lower()
    is_stream = "websocket" in lower or "http/2" in lower or "http2" in lower
    return is_stream and not any(word in lower for word in _OTHER_QUOTAS)


def opt_out(content: str) -> Finding:
    """Whether AWS may keep what it hears.

    Args:
        content: `PolicyContent` of the effective policy: JSON.
    """
    try:
        services = json.loads(content)["services"]
        choice = services.get("transcribe", services.get("default", {})).get("opt_out_policy")
    except (ValueError, KeyError, TypeError, AttributeError):
        return Finding("opt-out", UNKNOWN, "the effective policy cannot be read", OPT_OUT_ADVICE)
    if choice == "optOut":
        return Finding("opt-out", OK, "AWS keeps nothing of what it hears to improve its services")
    return Finding("opt-out", WARNING, KEPT, OPT_OUT_ADVICE)


KEPT = "AWS may keep what it hears to improve its services, also in other regions"
OPT_OUT_ADVICE = "have the organization's management account attach etc/aws/ai-services-opt-out-policy.json"
