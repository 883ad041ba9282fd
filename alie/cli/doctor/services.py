"""The services that the daemon uses: Amazon Transcribe and Supabase, asked as the daemon would ask them."""

from __future__ import annotations

import base64
import binascii
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from alie.access_settings import AccessSettings
from alie.auth.keyring import KEY_SET_PATH
from alie.cli.address import parse
from alie.cli.aws import finding as aws
from alie.cli.doctor import machine
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place
from alie.cli.doctor.reaching import Answer, Unreached, get
from alie.engines.assembly import EngineChoiceError, choose
from alie.origins import host_of
from alie.token_keys import published_keys

_STATES = {aws.OK: OK, aws.WARNING: NOTE, aws.FAILED: PROBLEM, aws.UNKNOWN: NOT_LOOKED_AT}
_KEY_ADVICE = "copy the anon or publishable key from Supabase: Project Settings, API Keys"


def engine(place: Place) -> Iterator[Finding]:
    """Which engine listens; Amazon's is checked as `alie check aws` does."""
    try:
        name, reason = choose(place.config, place.given.values)
    except EngineChoiceError as error:
        yield Finding("engine", PROBLEM, str(error), "pip install 'alie[amazon]', or set ALIE_ENGINE=embedded")
        return
    yield Finding("engine", OK, f"{name}. {reason}")
    if name != "amazon":
        yield Finding("aws", NOT_LOOKED_AT, "nothing goes to Amazon")
        return
    yield from _amazon(place)


def _amazon(place: Place) -> Iterator[Finding]:
    # Imported late: it takes a second, and need not be installed.
    import boto3  # type: ignore[import-untyped]
    from botocore.exceptions import ProfileNotFound  # type: ignore[import-untyped]

    from alie.cli.aws.account import Account
    from alie.cli.aws.checkup import Checkup

    try:
        account = Account(boto3.session.Session(), place.config.region)
    except ProfileNotFound as error:
        yield Finding("aws", PROBLEM, str(error), "correct AWS_PROFILE, or the files in ~/.aws of the daemon's user")
        return
    for step in Checkup(account, place.config.engine).steps():
        for found in step():
            yield Finding("aws", _STATES[found.state], f"{found.step}: {found.detail}", found.advice)


def supabase(place: Place) -> Iterator[Finding]:
    """Whether its keys can be had, and ours is one that it takes."""
    access = place.config.access
    if not access.supabase_url:
        yield Finding("supabase", NOT_LOOKED_AT, "SUPABASE_URL is not set: access keys of this server prove who speaks")
        return
    yield kind_of_key(access.anon_key, access.supabase_url)
    address, context = parse(access.supabase_url), ssl.create_default_context()
    headers = {"apikey": access.anon_key}
    try:
        keys = get(address, KEY_SET_PATH, context, headers=headers)
        settings = get(address, "/auth/v1/settings", context, headers=headers)
    except Unreached as error:
        yield Finding("supabase", PROBLEM, str(error), error.advice)
        return
    yield signing_keys(keys, access)
    yield taken(settings)
    yield from _skew(keys)


def kind_of_key(key: str, url: str) -> Finding:
    """What SUPABASE_ANON_KEY is. A service key has been refused with the settings, and is empty here."""
    if not key:
        return Finding("supabase", PROBLEM, "SUPABASE_ANON_KEY is not set", _KEY_ADVICE)
    if key.startswith("sb_publishable_"):
        return Finding("supabase", OK, "SUPABASE_ANON_KEY is a publishable key")
    claims = _claims(key)
    if claims.get("role") != "anon":
        return Finding("supabase", PROBLEM, "SUPABASE_ANON_KEY is neither a publishable nor an anon key", _KEY_ADVICE)
    project, host = claims.get("ref"), host_of(url) or ""
    if isinstance(project, str) and host.endswith(".supabase.co") and project != host.partition(".")[0]:
        return Finding("supabase", PROBLEM, "SUPABASE_ANON_KEY is of another project than SUPABASE_URL", _KEY_ADVICE)
    if isinstance(claims.get("exp"), int) and claims["exp"] < time.time():
        return Finding("supabase", PROBLEM, "SUPABASE_ANON_KEY has expired", _KEY_ADVICE)
    return Finding("supabase", OK, "SUPABASE_ANON_KEY is an anon key")


def signing_keys(answer: Answer, access: AccessSettings) -> Finding:
    """Whether access tokens can be verified here.

    Args:
        answer: to the question for the project's keys.
        access: the secret of old projects is looked for there.
    """
    keys = published_keys(_json(answer)) if answer.status == 200 else None
    if keys:
        return Finding("supabase", OK, f"{len(keys)} signing keys: {', '.join(key.algorithm for key in keys)}")
    if access.jwt_secret:
        return Finding("supabase", OK, "it publishes no signing keys; SUPABASE_JWT_SECRET verifies")
    if keys is None:
        detail = f"its signing keys cannot be read ({answer.status}): nobody can sign in"
        return Finding("supabase", PROBLEM, detail, "see whether SUPABASE_URL is the project's own")
    advice = "move the project to signing keys (JWT Keys in Supabase), or set SUPABASE_JWT_SECRET"
    return Finding("supabase", NOTE, "it publishes no signing keys: it is asked about every token itself", advice)


def taken(answer: Answer) -> Finding:
    """Whether the project takes our key."""
    if answer.status == 200:
        return Finding("supabase", OK, "it takes SUPABASE_ANON_KEY")
    if answer.status in (401, 403):
        return Finding("supabase", PROBLEM, f"it does not take SUPABASE_ANON_KEY ({answer.status})", _KEY_ADVICE)
    return Finding("supabase", NOTE, f"it does not say whether it takes SUPABASE_ANON_KEY ({answer.status})")


def _skew(answer: Answer) -> Iterator[Finding]:
    try:
        theirs_s = parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return
    yield machine.skew("Supabase", time.time() - theirs_s)


def _claims(key: str) -> Mapping[str, Any]:
    parts = key.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
