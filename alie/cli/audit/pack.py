"""An incident pack: what is known, the records themselves, and forms for what only the clinic knows. Pure."""

from __future__ import annotations

from typing import Any

from alie.cli.audit.forms import CIRCUMSTANCES, FORMS, INFORMATION, PERIOD, PERSONS

LABEL = b"audit-incident"
"""What the signature of a pack is for (see `alie.audit.keys`). It is over the canonical form of `content`."""
NO_PATIENTS = "The log knows users, never patients: how many persons are concerned is for the clinic to find out."
_LISTED = ("users", "sessions", "addresses", "clinics", "ways", "engines", "regions", "languages")


def forms(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Every form, with what the log knows of a field beside it, and an empty `value` for the clinic."""
    return [
        {
            "law": form.law,
            "title": {"en": form.en, "fr": form.fr},
            "fields": [
                {
                    "number": number,
                    "en": item.en,
                    "fr": item.fr,
                    "known": _known_of(item.about, facts),
                    "value": "",
                }
                for number, item in enumerate(form.items, 1)
            ],
        }
        for form in FORMS
    ]


def markdown(content: dict[str, Any], signature: str) -> str:
    """A summary for people."""
    facts, log, asked = content["known"], content["log"], content["asked"]
    whom = asked["userId"] or asked["sessionId"]
    lines = [
        "# Confidentiality incident / Incident de confidentialité",
        "",
        f"Made {content['madeAt']} by Alie {content['versions']['alie']}, from {asked['since']} to {asked['until']}"
        f"{f', {whom} only' if whom else ''}. {signature}",
        "",
        f"**The log / Le journal.** {log['summary']}. Key {log['key']}.",
        "",
        "## What the log knows / Ce que le journal sait",
        "",
        f"- {facts['events']} events, from {facts['first'] or '-'} to {facts['last'] or '-'};"
        f" {facts['eventsWithoutUser']} of them by nobody known",
        f"- {facts['audioSeconds']} s of sound, {facts['audioBytes']} bytes",
        *(f"- {name}: {_list(facts[name])}" for name in _LISTED),
        *(f"- {kind}: {_list(found)}" for kind, found in facts["resources"].items()),
        *(f"- {action}: {_list(found)}" for action, found in facts["outcomes"].items()),
        f"- kinds of information: {'; '.join(facts['categories']) or '-'}",
        f"- {NO_PATIENTS}",
        *(line for form in forms(facts) for line in _form(form)),
        "",
    ]
    return "\n".join(lines)


def _form(form: dict[str, Any]) -> list[str]:
    title = form["title"]
    fields = [f"{field['number']}. {field['en']} / {field['fr']}: {_told(field['known'])}" for field in form["fields"]]
    return ["", f"## {form['law']}", "", f"{title['en']} / {title['fr']}", "", *fields]


def _told(found: object) -> str:
    if found is None:
        return "____"
    if isinstance(found, dict):
        return f"____ (log: {', '.join(f'{name} {value}' for name, value in found.items())})"
    return f"____ (log: {found})"


def _known_of(about: str, facts: dict[str, Any]) -> dict[str, Any] | None:
    if about == INFORMATION:
        return {"kinds": "; ".join(facts["categories"]) or "none"}
    if about == CIRCUMSTANCES:
        return {"outcomes": "; ".join(f"{action}: {_list(found)}" for action, found in facts["outcomes"].items())}
    if about == PERIOD:
        return {"first": facts["first"], "last": facts["last"]}
    if about == PERSONS:
        cases = facts["resources"].get("case", {})
        return {"users": len(facts["users"]), "sessions": len(facts["sessions"]), "cases": len(cases)}
    return None


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.items()) or "-"
