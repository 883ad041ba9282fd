"""Settings of what guards the daemon: limits of use, proxies that are believed, regions, where exports may go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network

from alie.origins import host_of
from alie.settings import Settings

REGION = re.compile(r"[a-z]{2}(-[a-z]+){1,2}-[0-9]{1,2}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_S3_ADDRESSES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
DEFAULT_REGIONS = ("ca-central-1",)
DEFAULT_PROXIES = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True, slots=True)
class UseLimits:
    """How much one address, user or clinic may use; 0: no bound.

    Attributes:
        has_rates: whether REST requests are counted at all.
        window_s: over which they are counted.
        requests: in a window, for one address without a token, or for one user.
        sockets_per_address: open at once.
        sessions_per_user: dictations at once.
        sessions_per_clinic: dictations at once.
        trusted_proxies: networks whose X-Forwarded-For and X-Forwarded-Proto are believed.
    """

    has_rates: bool = True
    window_s: int = 900
    requests: int = 1000
    sockets_per_address: int = 50
    sessions_per_user: int = 5
    sessions_per_clinic: int = 0
    trusted_proxies: tuple[str, ...] = DEFAULT_PROXIES


@dataclass(frozen=True, slots=True)
class ResidencySettings:
    """Where audio and data may go.

    Attributes:
        allowed_regions: names of AWS regions.
        host_regions: region by host, declared by the operator for hosts whose name does not tell (Supabase, a proxy).
    """

    allowed_regions: tuple[str, ...] = DEFAULT_REGIONS
    host_regions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """Where `cmd.export` puts a transcript.

    Attributes:
        bucket: in S3; empty: nowhere.
        link_s: how long its link is good.
        host: of another address of S3 that boto3 was told; empty: the region's.
    """

    bucket: str = ""
    link_s: int = 900
    host: str = ""


def read_use_limits(settings: Settings) -> UseLimits:
    """Asks for every name of `UseLimits`."""
    return UseLimits(
        has_rates=settings.boolean("RATE_LIMIT_ENABLED", True),
        window_s=settings.integer("RATE_LIMIT_WINDOW_MS", 900_000, 1000, 86_400_000) // 1000,
        requests=settings.integer("RATE_LIMIT_MAX_REQUESTS", 1000, 1, 1_000_000),
        sockets_per_address=settings.integer("ALIE_SOCKETS_PER_ADDRESS", 50, 0, 100_000),
        sessions_per_user=settings.integer("ALIE_SESSIONS_PER_USER", 5, 0, 100_000),
        sessions_per_clinic=settings.integer("ALIE_SESSIONS_PER_CLINIC", 0, 0, 100_000),
        trusted_proxies=settings.items(
            "ALIE_TRUSTED_PROXIES", _is_network, "must be addresses or networks, separated by commas", DEFAULT_PROXIES
        ),
    )


def read_residency(settings: Settings) -> ResidencySettings:
    """Asks for every name of `ResidencySettings`."""
    pairs = settings.items(
        "ALIE_HOST_REGIONS",
        _is_declaration,
        "must be HOST=REGION, separated by commas, such as a.supabase.co=ca-central-1",
    )
    return ResidencySettings(
        allowed_regions=settings.items(
            "ALIE_ALLOWED_REGIONS",
            lambda item: bool(REGION.fullmatch(item)),
            "must be regions such as ca-central-1, separated by commas",
            DEFAULT_REGIONS,
        ),
        host_regions={host.lower(): region for host, _, region in (pair.partition("=") for pair in pairs)},
    )


def read_export(settings: Settings) -> ExportSettings:
    """Asks for every name of `ExportSettings`."""
    bucket = settings.text("ALIE_EXPORT_BUCKET")
    if bucket and not _BUCKET.fullmatch(bucket):
        settings.complain("ALIE_EXPORT_BUCKET", "must be the name of an S3 bucket")
    link_s = settings.integer("ALIE_EXPORT_LINK_SECONDS", 900, 60, 86_400)
    return ExportSettings(bucket, link_s, _s3_host(settings) if bucket else "")


def _s3_host(settings: Settings) -> str:
    # These names are boto3's: it goes where they say.
    name = next((name for name in _S3_ADDRESSES if settings.is_set(name)), None)
    if name is None:
        return ""
    host = host_of(settings.ambient(name))
    if host is None:
        settings.complain(name, "must be an https:// URL")
    return host or ""


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _is_declaration(text: str) -> bool:
    host, _, region = text.partition("=")
    return bool(re.fullmatch(r"[A-Za-z0-9.-]+", host) and REGION.fullmatch(region))
