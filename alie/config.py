"""From environment names to one frozen Config, with every error at once.

Names without a prefix are those of the backend that Alie replaces, so that its .env works as it is. Ours begin with
`ALIE_`; an unknown one of those is an error, since it is most likely a slip.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alie.access_settings import AccessSettings, read_access
from alie.guard_settings import (
    REGION,
    ExportSettings,
    ResidencySettings,
    UseLimits,
    read_export,
    read_residency,
    read_use_limits,
)
from alie.limits import Limits
from alie.load_settings import LoadSettings, read_load
from alie.log_settings import LogSettings, read_log
from alie.origins import host_of, is_origin
from alie.residency import Destination, Residency
from alie.settings import Settings
from alie.tls_settings import TlsSettings, complain_if_open, read_tls
from alie.transcribe_settings import EngineSettings, read_engine

DEFAULT_ORIGINS = ("http://localhost:5173",)
_INSTANCE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,31}")

# Names of the former backend that nothing here needs.
IGNORED = (
    "SUPABASE_SERVICE_ROLE_KEY",
    "DATABASE_URL",
    "AUTH_VERIFY_STRATEGY",
    "JWKS_URL",
    "WS_PATH",
    "OPENAI_API_KEY",
)
# Names of the `alie` command, which may share its environment with the daemon.
OF_THE_COMMAND = ("ALIE_TOKEN",)


class ConfigError(Exception):
    """The configuration cannot be used. `complaints` has one sentence a fault."""

    def __init__(self, complaints: list[str]) -> None:
        self.complaints = complaints
        super().__init__("\n".join(complaints))


@dataclass(frozen=True, slots=True)
class Config:
    """All that the daemon may be told. Durations in seconds.

    Attributes:
        host: address to listen on.
        port: 0 takes a free one.
        tls: how the daemon speaks TLS itself, on another port.
        instance: what it is called among several behind one name, of which `/ws/i/<instance>` is its own; empty: it is
            the only one.
        allowed_origins: web origins that may call us with credentials.
        hosts: Host names that we answer to, besides loopback and our own address.
        public_ws_url: what `/api/config` tells pages; empty: derived from where we listen.
        use_wss: told to pages, nothing else.
        region: told by `/healthz`.
        access: who may speak.
        use_limits: how much one address, user or clinic may use.
        load: how much may be open and held at once.
        residency: where audio and data may go.
        export: where `cmd.export` puts a transcript.
        state_dir: folder of the audit log, the signing key and the embedded store; made at start, for its owner only.
        has_feedback: whether feedback is taken.
        locks_memory: whether memory is kept out of swap; None: where the platform allows it.
        engine: which engine is to be used, and how.
        model_dir: folder of the operator's own model; None: the model that comes with Alie.
        workers: threads that decode speech; 0: one for each core.
        max_sessions: seats; 0: as many as the engine can serve in real time.
        has_page: whether the built-in page is served at `/`.
        metrics_token: lets a stranger read `/metrics`; None: only loopback may.
        limits: bounds of one session.
        ping_s: between two pings to a client, and until a silent one is given up.
        drain_s: how long a stop may take.
        log: what is logged, and how.
        page_flags: the flags of `/api/config` that only pages read.
        notes: what the operator should know about names that have no effect.
    """

    host: str = "127.0.0.1"
    port: int = 3001
    tls: TlsSettings = field(default_factory=TlsSettings)
    instance: str = ""
    allowed_origins: tuple[str, ...] = DEFAULT_ORIGINS
    hosts: tuple[str, ...] = ()
    public_ws_url: str = ""
    use_wss: bool = False
    region: str = "ca-central-1"
    access: AccessSettings = field(default_factory=AccessSettings)
    use_limits: UseLimits = field(default_factory=UseLimits)
    load: LoadSettings = field(default_factory=LoadSettings)
    residency: ResidencySettings = field(default_factory=ResidencySettings)
    export: ExportSettings = field(default_factory=ExportSettings)
    state_dir: str = ""
    has_feedback: bool = False
    locks_memory: bool | None = None
    engine: EngineSettings = field(default_factory=EngineSettings)
    model_dir: str | None = None
    workers: int = 0
    max_sessions: int = 0
    has_page: bool = True
    metrics_token: str | None = field(default=None, repr=False)
    limits: Limits = field(default_factory=Limits)
    ping_s: int = 20
    drain_s: int = 20
    log: LogSettings = field(default_factory=LogSettings)
    page_flags: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read(values: Mapping[str, str]) -> Config:
    """Reads a configuration.

    Args:
        values: by name; whoever calls has already let options win over the environment, and that over the file.

    Raises:
        ConfigError: with every fault that was found.
    """
    settings = Settings(values)
    config = examine(settings)
    if settings.complaints:
        raise ConfigError(settings.complaints)
    return config


def examine(settings: Settings) -> Config:
    """As `read`, but every fault is kept in `settings.complaints`, and what is wrong has its default."""
    config = read_settings(settings)
    for name in settings.unknown("ALIE_"):
        if name in OF_THE_COMMAND:
            continue
        guess = difflib.get_close_matches(name, settings.known, 1, cutoff=0.8)
        settings.complain(name, f"is not known{f'; did you mean {guess[0]}?' if guess else ''}")
    if not config.access.is_token_owed and not settings.boolean("ALIE_INSECURE", False):
        # AUTH_REQUIRED alone guards REST only: anyone could dictate.
        complain_if_open(settings, config.host, config.tls)
    settings.complaints += _abroad(config)
    return config


def read_settings(settings: Settings) -> Config:
    """Asks for every name there is; what is wrong is kept in `settings.complaints`."""
    settings.text("ALIE_INSECURE")
    region = _region(settings)
    settings.text("ALIE_LOCK_MEMORY")
    public_ws_url = settings.url("PUBLIC_WS_URL", _is_ws_url, "must be a ws:// or wss:// URL")
    public_host = host_of(public_ws_url)
    hosts = settings.items("ALIE_HOSTS", _is_host, "must be host names, separated by commas")
    host, port = settings.text("HOST", "127.0.0.1"), settings.integer("PORT", 3001, 0, 65535)
    tls = read_tls(settings, host, port)
    has_wss = public_ws_url.startswith("wss:") if public_ws_url else tls.is_on
    return Config(
        host=host,
        port=port,
        tls=tls,
        instance=_instance(settings),
        allowed_origins=settings.items(
            "CORS_ALLOWED_ORIGINS",
            lambda item: is_origin(item.lower(), may_have_wildcard=True),
            "must be origins such as https://app.example.ca or https://*.example.ca, separated by commas",
            DEFAULT_ORIGINS,
        ),
        hosts=(*hosts, public_host) if public_host else hosts,
        public_ws_url=public_ws_url,
        use_wss=settings.boolean("USE_WSS", has_wss),
        region=region,
        access=read_access(settings),
        use_limits=read_use_limits(settings),
        load=read_load(settings),
        residency=read_residency(settings),
        export=read_export(settings),
        state_dir=settings.text("ALIE_STATE_DIR", _state_dir(settings)),
        has_feedback=settings.boolean("FEATURE_FEEDBACK_SERVER_SYNC", False),
        locks_memory=settings.boolean("ALIE_LOCK_MEMORY", False) if settings.is_set("ALIE_LOCK_MEMORY") else None,
        engine=read_engine(settings, region),
        model_dir=settings.text("ALIE_MODEL_DIR") or None,
        workers=settings.integer("ALIE_WORKERS", 0, 0, 256),
        max_sessions=settings.integer("ALIE_MAX_SESSIONS", 0, 0, 100_000),
        has_page=settings.boolean("ALIE_PAGE", True),
        metrics_token=settings.text("ALIE_METRICS_TOKEN") or None,
        limits=_limits(settings),
        ping_s=settings.integer("ALIE_PING_SECONDS", 20, 1, 3600),
        drain_s=settings.integer("ALIE_DRAIN_SECONDS", 20, 0, 3600),
        log=read_log(settings),
        page_flags=_page_flags(settings),
        notes=_notes(settings),
    )


def public_host(config: Config) -> str:
    """The host name by which clients come by TLS; empty: it is not known."""
    return (host_of(config.public_ws_url) or "") if config.public_ws_url.startswith("wss:") else ""


def destinations(config: Config) -> list[Destination]:
    """Where audio and data would be sent, as far as the configuration alone can tell."""
    found = []
    if config.engine.engine != "embedded":
        found.append(Destination("Audio", config.engine.amazon.address.host))
        other = config.engine.amazon.other_endpoint() if config.engine.failover == "region" else None
        if other is not None:
            found.append(Destination("Audio", other.address.host))
    if config.access.supabase_url:
        found.append(Destination("What users save", host_of(config.access.supabase_url) or "", must_be_known=False))
    if config.export.bucket:
        found.append(Destination("Exports", config.export.host or f"s3.{config.region}.amazonaws.com"))
    return found


def _abroad(config: Config) -> list[str]:
    """A complaint for whatever would leave the regions that are allowed."""
    residency = Residency(config.residency)
    if not residency.allows(config.region):
        allowed = ", ".join(config.residency.allowed_regions)
        return [f"AWS_REGION is {config.region}, and ALIE_ALLOWED_REGIONS has only {allowed}"]
    complaints = [residency.complaint(destination) for destination in destinations(config)]
    return [complaint for complaint in complaints if complaint is not None]


def _region(settings: Settings) -> str:
    # It becomes part of a host name: what is no region must not lead audio elsewhere.
    region = settings.text("AWS_REGION", "ca-central-1")
    if REGION.fullmatch(region):
        return region
    settings.complain("AWS_REGION", "must be a region such as ca-central-1")
    return "ca-central-1"


def _instance(settings: Settings) -> str:
    name = settings.text("ALIE_INSTANCE")
    if not name or _INSTANCE.fullmatch(name):
        return name
    settings.complain("ALIE_INSTANCE", "must be up to 32 letters, digits, - and _")
    return ""


def _state_dir(settings: Settings) -> str:
    """Where systemd says, else where the XDG Base Directory Specification has state."""
    given = settings.ambient("STATE_DIRECTORY").partition(":")[0]
    if given:
        return given
    home = settings.ambient("HOME")
    base = settings.ambient("XDG_STATE_HOME") or (f"{home}/.local/state" if home else "")
    return f"{base}/alie" if base else ""


def _limits(settings: Settings) -> Limits:
    return Limits(
        start_s=settings.integer("ALIE_START_SECONDS", 60, 1, 3600),
        resume_s=settings.integer("ALIE_RESUME_SECONDS", 30, 0, 3600),
        idle_s=settings.integer("ALIE_IDLE_SECONDS", 900, 1, 86400),
        duration_s=settings.integer("ALIE_MAX_SESSION_SECONDS", 14400, 1, 86400),
    )


def _page_flags(settings: Settings) -> dict[str, Any]:
    output = settings.text("CNESST_SECTIONS_DEFAULT_OUTPUT", "fr", allowed=("fr", "en"))
    return {
        "universalCleanupEnabled": settings.boolean("UNIVERSAL_CLEANUP_ENABLED", False),
        "universalCleanupShadow": settings.boolean("UNIVERSAL_CLEANUP_SHADOW", False),
        "enableOutputLanguageSelection": settings.boolean("ENABLE_OUTPUT_LANGUAGE_SELECTION", True),
        "cnesstSectionsDefaultOutput": output,
        "allowNonFrenchOutput": settings.boolean("ALLOW_NON_FRENCH_OUTPUT", True),
    }


def _notes(settings: Settings) -> tuple[str, ...]:
    return tuple(f"{name} is set and has no effect" for name in IGNORED if settings.is_set(name))


def _is_ws_url(text: str) -> bool:
    return host_of(text) is not None and text.split(":")[0] in ("ws", "wss")


def _is_host(text: str) -> bool:
    return is_origin(f"http://{text.lower()}") and ":" not in text
