"""The file of settings: who may read it, names that nobody reads, lines that systemd reads otherwise, placeholders."""

from __future__ import annotations

import difflib
import os
import pwd
import re
import stat
from collections.abc import Iterable, Iterator, Set

from alie.cli.config.secrecy import is_secret
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place
from alie.config import IGNORED, OF_THE_COMMAND, read_settings
from alie.settings import Settings

STEP = "env file"
_AMAZONS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
)
_ASSIGNMENT = re.compile(r"\s*(export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_PLACEHOLDER = re.compile(
    r"\.{3}|…|<.*>|\[.*\]|\$?\{.*\}|(your|my|the|insert|replace|change|put)[-_ ].*|.*example(key)?|x{3,}.*|to-?do|"
    r"change-?me.*|secret|password|token|placeholder|dummy.*|none|null|undefined|(.)\3{5,}",
    re.IGNORECASE,
)


def look(place: Place) -> Iterator[Finding]:
    """All about the file; nothing, where there is none."""
    if place.env_file is None:
        advice = "name it with --env-file, if the daemon has one"
        yield Finding(STEP, NOT_LOOKED_AT, "no file of settings was named, and no unit names one", advice)
        return
    with open(place.env_file, encoding="utf-8", errors="replace") as file:
        status, text = os.fstat(file.fileno()), file.read()
    users = {"root", place.unit.user if place.unit else _user(os.geteuid())}
    yield guarded(place.env_file, stat.S_IMODE(status.st_mode), _user(status.st_uid), users)
    settings = Settings({})
    read_settings(settings)
    yield from names(place.given.in_file, {*settings.known, *IGNORED, *OF_THE_COMMAND})
    yield from differences(text)


def guarded(path: str, mode: int, owner: str, users: Set[str]) -> Finding:
    """Whether others can read it.

    Args:
        path: its name.
        mode: its permissions.
        owner: whose it is.
        users: whose it may be.
    """
    if mode & 0o077:
        detail = f"{path} can be used by others than its owner (mode {mode:o}), and holds secrets"
        return Finding(STEP, PROBLEM, detail, f"chmod 600 {path}")
    if owner not in users:
        first = min(users - {"root"}, default="root")
        return Finding(STEP, NOTE, f"{path} belongs to {owner}", f"chown {first} {path}, unless that is meant so")
    return Finding(STEP, OK, f"{path}, of {owner} alone (mode {mode:o})")


def names(in_file: Iterable[str], known: Set[str]) -> Iterator[Finding]:
    """Names that nobody reads. Those that begin with ALIE_ stop the daemon; they are told with the settings.

    Args:
        in_file: all of the file.
        known: to the daemon.
    """
    given, unread = set(in_file), []
    for name in sorted(given - known):
        if name.startswith("ALIE_") or name in _AMAZONS:
            continue
        guess = difflib.get_close_matches(name, {*known, *_AMAZONS} - given, 1, cutoff=0.85)
        if guess:
            yield Finding(STEP, PROBLEM, f"{name} is read by nobody", f"did you mean {guess[0]}?")
        elif not name.startswith("AWS_"):
            unread.append(name)
    if unread:
        yield Finding(STEP, NOTE, f"read by nobody here: {', '.join(unread)}", "take them out, unless others need them")


def differences(text: str) -> Iterator[Finding]:
    """Lines that systemd's EnvironmentFile reads otherwise than --env-file (systemd.exec(5)).

    Args:
        text: of the file.
    """
    for number, line in enumerate(text.splitlines(), 1):
        found = _ASSIGNMENT.match(line)
        if found is None:
            continue
        export, name, value = found.groups()
        if export:
            yield Finding(STEP, NOTE, f"line {number}: systemd passes over lines with export", f"write {name}=...")
        elif not value.startswith(("'", '"')) and re.search(r"\s#", value):
            detail = f"line {number}: to systemd, the remark behind the value of {name} is part of it"
            yield Finding(STEP, PROBLEM, detail, "give the remark a line of its own")


def secrets(place: Place) -> Iterator[Finding]:
    """Secrets that nobody has filled in."""
    set_secrets = {name: text.strip() for name, text in place.given.values.items() if is_secret(name) and text.strip()}
    own = {*place.given.in_file, *place.given.credentials, *place.given.by_unit}
    ours = {name for name in set_secrets if name in own or name.startswith(("AWS_", "ALIE_", "SUPABASE_"))}
    odd = [name for name in sorted(ours) if is_placeholder(set_secrets[name])]
    for name in odd:
        yield Finding("secrets", PROBLEM, f"{name} looks like a placeholder", "put in the real value, or take it out")
    if not odd:
        yield Finding(
            "secrets", OK, f"{len(ours)} are set, and none looks like a placeholder" if ours else "none is set"
        )


def is_placeholder(text: str) -> bool:
    """Whether a secret looks as if somebody was to put one there."""
    return _PLACEHOLDER.fullmatch(text.strip("'\"")) is not None


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
