"""What a privacy officer asks of a daemon, as values: where things go, what is kept, who gets in, and on whose word.

Pure: made of a configuration and of facts that somebody else has gathered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alie.config import Config, destinations
from alie.residency import Residency, place_of

LABEL = b"compliance-statement"
"""What the signature of a statement is for (see `alie.audit.keys`)."""
BY_NAME, DECLARED, UNDECLARED = "told by its name", "declared by the operator", "declared by nobody"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the configuration does not say.

    Attributes:
        made_at: ISO 8601 in UTC, ending in Z.
        engine: its name, and why it was chosen.
        versions: of Alie and of what it runs on, by name.
        opt_out: whether AWS may keep what it hears: a state of `alie check aws`, and its sentence; None where AWS is
            not used.
        memory: what becomes of it, in a sentence.
        canary: the report of the last canary run; None where there was none.
        audit: how the audit log was verified, in a sentence.
    """

    made_at: str
    engine: tuple[str, str]
    versions: Mapping[str, str] = field(default_factory=dict)
    opt_out: tuple[str, str] | None = None
    memory: str = ""
    canary: Mapping[str, Any] | None = None
    audit: str = ""


def statement(config: Config, facts: Facts) -> dict[str, Any]:
    """The whole statement: a JSON object whose values are texts, numbers, lists and objects."""
    places = _destinations(config, facts.engine[0])
    return {
        "statement": "alie-compliance",
        "version": 1,
        "madeAt": facts.made_at,
        "engine": {"name": facts.engine[0], "reason": facts.engine[1]},
        "allowedRegions": list(config.residency.allowed_regions),
        "destinations": places,
        "access": _access(config),
        "retention": _retention(config),
        "memory": {"coreDumps": "off: the process is not dumpable", "swap": facts.memory},
        "optOut": _opt_out(facts),
        "canary": dict(facts.canary) if facts.canary else None,
        "audit": facts.audit,
        "attestations": _attestations(config, places, facts),
        "versions": dict(facts.versions),
    }


def _destinations(config: Config, engine: str) -> list[dict[str, str]]:
    residency = Residency(config.residency)
    found = []
    for destination in destinations(config):
        if destination.what == "Audio" and engine != "amazon":
            continue
        region = residency.region_of(destination.host)
        word = DECLARED if region else UNDECLARED
        found.append(
            {
                "what": destination.what,
                "host": destination.host,
                "place": place_of(region) if region else "unknown",
                "known": word if residency.is_attested(destination.host) else BY_NAME,
            }
        )
    return found


def _access(config: Config) -> dict[str, Any]:
    access = config.access
    return {
        "dictationNeedsProof": access.is_token_owed,
        "restNeedsToken": access.is_rest_token_owed,
        "provedBy": f"Supabase Auth at {access.supabase_url}" if access.supabase_url else "access keys of this server",
        "secondFactor": access.needs_second_factor,
        "tokenInUrl": access.takes_token_in_url,
        "originTrust": access.trusts_origin,
        "origins": list(config.allowed_origins),
    }


def _retention(config: Config) -> list[dict[str, str]]:
    store = config.access.supabase_url or f"SQLite in {config.state_dir}, readable by its owner only"
    rows = [
        ("audio", "memory of the daemon", "until it is heard, at most until its session ends"),
        ("text of a dictation", "memory of the daemon", f"until its session ends{_returning(config)}"),
        ("what a user saves", store, "until its user or the clinic deletes it"),
        ("audit log, without content", f"{config.state_dir}/audit", "as long as the clinic keeps it"),
    ]
    if config.has_feedback:
        rows.append(("feedback", store, "ttl_days of each entry"))
    if config.export.bucket:
        rows.append(("exports", f"S3 bucket {config.export.bucket}", "24 hours, then S3 deletes them"))
    return [{"what": what, "where": where, "howLong": how_long} for what, where, how_long in rows]


def _returning(config: Config) -> str:
    window_s = config.limits.resume_s
    return f"; {window_s:g} s more where its client may come back for the last words" if window_s else ""


def _opt_out(facts: Facts) -> dict[str, str]:
    if facts.opt_out is None:
        return {"state": "not needed", "detail": "no audio goes to AWS"}
    state, detail = facts.opt_out
    return {"state": state, "detail": detail}


def _attestations(config: Config, places: list[dict[str, str]], facts: Facts) -> list[str]:
    """What no program can check, in sentences that the clinic signs for."""
    found = [
        f"{place['host']} ({place['what'].lower()}) is in {place['place']}: {place['known']}"
        for place in places
        if place["known"] != BY_NAME
    ]
    if facts.opt_out is not None and facts.opt_out[0] != "ok":
        found.append("The AWS account has opted out of AI services' use of content (etc/aws)")
    if places:
        found.append("The providers named above keep their contracts, and the law of their own country binds them, too")
    found += [
        "What stands before this server (Cloudflare, a proxy) ends TLS only where the clinic allows it",
        "The server's disk and its backups are in an allowed region",
        "A human reads every note before it is used: a recogniser mishears",
        "A privacy impact assessment has been made (P-39.1, s. 3.3), and one before anything leaves Québec (s. 17)",
    ]
    if config.access.trusts_origin:
        found.append("Whoever can reach this server may dictate: pages are trusted by their origin alone")
    if not config.access.is_token_owed:
        found.append("Whoever can reach this server may dictate: no proof is asked for")
    return found


def as_text(content: Mapping[str, Any]) -> str:
    """The statement for people."""
    lines = [f"Compliance statement of an Alie server, {content['madeAt']}", ""]
    lines += _section("Engine", [f"{content['engine']['name']}. {content['engine']['reason']}"])
    lines += _section("Regions allowed", [", ".join(content["allowedRegions"])])
    places = [f"{one['what']}: {one['host']}, {one['place']} ({one['known']})" for one in content["destinations"]]
    lines += _section("What goes where", places or ["Nothing leaves this machine"])
    kept = [f"{one['what']}: {one['where']}; {one['howLong']}" for one in content["retention"]]
    lines += _section("What is kept", kept)
    lines += _section("Memory", [f"core dumps {content['memory']['coreDumps']}", content["memory"]["swap"]])
    lines += _section("Who gets in", [f"{name}: {value}" for name, value in content["access"].items()])
    lines += _section("AWS opt-out", [f"{content['optOut']['state']}: {content['optOut']['detail']}"])
    lines += _section("Last canary run", [_canary(content["canary"])])
    lines += _section("Audit log", [content["audit"]])
    lines += _section("On the clinic's word", content["attestations"])
    return "\n".join([*lines, *_section("Versions", [f"{n} {v}" for n, v in content["versions"].items()])])


def _canary(report: Mapping[str, Any] | None) -> str:
    if report is None:
        return "never: run `alie audit canary`"
    found = "nothing was found" if report.get("ok") is True else "SOMETHING WAS FOUND"
    missed = "" if report.get("complete") is True else ", and not all could be searched"
    return f"{report.get('ranAt')}: {found}{missed}"


def _section(title: str, lines: list[str]) -> list[str]:
    return [title, *(f"  {line}" for line in lines), ""]
