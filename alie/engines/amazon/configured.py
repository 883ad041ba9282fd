"""Whether AWS credentials are configured at all, without asking any network: decides which engine is taken."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

_DMI_VENDOR = Path("/sys/devices/virtual/dmi/id/sys_vendor")
# What in a profile leads to credentials; a region or an output format does not.
_KEYS_OF_A_PROFILE = (
    "aws_access_key_id",
    "credential_process",
    "credential_source",
    "role_arn",
    "sso_session",
    "sso_start_url",
    "login_session",
    "web_identity_token_file",
)


def find_configured(environ: Mapping[str, str], dmi_vendor: Path = _DMI_VENDOR) -> str | None:
    """Where AWS credentials seem to be, as a part of a sentence such as "the environment", or None.

    What is there may still be wrong: only the provider chain can tell (see `credentials`).

    Args:
        environ: variables of the process.
        dmi_vendor: for tests; where the kernel tells the machine's maker.
    """
    if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"):
        return "the environment"
    if environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE"):
        return "the profile named in the environment"
    if environ.get("AWS_WEB_IDENTITY_TOKEN_FILE") and environ.get("AWS_ROLE_ARN"):
        return "a web identity"
    if _has_profile(environ):
        return "a shared credentials file"
    if environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") or environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        return "a container role"
    if environ.get("AWS_EC2_METADATA_DISABLED", "").strip().lower() == "true":
        return None
    if environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or _text(dmi_vendor).strip() == "Amazon EC2":
        return "an instance role"
    return None


def _has_profile(environ: Mapping[str, str]) -> bool:
    home = environ.get("HOME", "~")
    names = (
        environ.get("AWS_SHARED_CREDENTIALS_FILE") or f"{home}/.aws/credentials",
        environ.get("AWS_CONFIG_FILE") or f"{home}/.aws/config",
    )
    for name in names:
        profiles = configparser.RawConfigParser(strict=False, default_section="")
        try:
            profiles.read_string(_text(Path(name)))
        except configparser.Error:
            continue
        if profiles.has_section("default") and any(key in profiles["default"] for key in _KEYS_OF_A_PROFILE):
            return True
    return False


def _text(path: Path) -> str:
    try:
        return path.expanduser().read_text(errors="replace")
    except (OSError, RuntimeError):
        return ""
