"""Answers in the form that AWS gives, and what is read from findings."""

from __future__ import annotations

from typing import Any

from alie.cli.aws.finding import Finding

WEBSOCKET = "transcribe:StartStreamTranscriptionWebSocket"
HTTP2 = "transcribe:StartStreamTranscription"


def evaluation(action: str, decision: str, **more: Any) -> dict[str, Any]:
    return {"EvalActionName": action, "EvalDecision": decision, **more}


def states(findings: list[Finding]) -> list[str]:
    return [finding.state for finding in findings]
