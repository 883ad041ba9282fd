"""The settings of Amazon Transcribe, and of what happens when it stays away, as frozen values. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from alie.engines.amazon.options import FILTER_METHODS, PII_MODES, STABILITIES, TRANSPORTS, AmazonOptions
from alie.settings import Settings
from alie.speech import LANGUAGE_CODES

ENGINES = ("auto", "amazon", "embedded")
FAILOVERS = ("on", "off", "region")
DEFAULT_QUOTA = 25
DEFAULT_OPENS_PER_S = 5

_NAME = re.compile(r"[0-9a-zA-Z._-]{1,200}")
_TYPE = re.compile(r"[A-Z_]{2,40}")
_PAIR_RULE = "must be names by language, such as fr-CA=alie-fr,en-US=alie-en"


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Which engine is to be used, and how.

    Attributes:
        engine: "auto", "amazon" or "embedded".
        failover: "on": the embedded engine takes over while Amazon stays away; "region": only the region's other host
            (FIPS) does, so that audio never leaves the service that was agreed on; "off": nothing does.
        failover_s: seconds of trouble before that.
        amazon: how Amazon is to be used.
        quota: streams at once that the AWS account may have.
        opens_per_s: streams that may be opened in a second.
    """

    engine: str = "auto"
    failover: str = "on"
    failover_s: int = 8
    amazon: AmazonOptions = field(default_factory=AmazonOptions)
    quota: int = DEFAULT_QUOTA
    opens_per_s: int = DEFAULT_OPENS_PER_S


def read_engine(settings: Settings, region: str) -> EngineSettings:
    """Asks for every name that is about engines; what is wrong is kept in `settings.complaints`."""
    amazon = _amazon(settings, region)
    failover = settings.text("ALIE_FAILOVER", "on", allowed=FAILOVERS)
    if failover == "region" and amazon.other_endpoint() is None:
        settings.complain("ALIE_FAILOVER", "is region, and this region or endpoint has no other host to go to")
    return EngineSettings(
        engine=settings.text("ALIE_ENGINE", "auto", allowed=ENGINES),
        failover=failover,
        failover_s=settings.integer("ALIE_FAILOVER_SECONDS", 8, 1, 60),
        amazon=amazon,
        quota=settings.integer("ALIE_TRANSCRIBE_QUOTA", DEFAULT_QUOTA, 1, 100_000),
        opens_per_s=settings.integer("ALIE_TRANSCRIBE_OPENS_PER_SECOND", DEFAULT_OPENS_PER_S, 1, 10_000),
    )


def _amazon(settings: Settings, region: str) -> AmazonOptions:
    endpoint = settings.url("ALIE_TRANSCRIBE_ENDPOINT", _is_endpoint, "must be an https:// or wss:// URL without path")
    return AmazonOptions(
        region=region,
        endpoint=endpoint,
        ca_file=settings.text("ALIE_TRANSCRIBE_CA_FILE"),
        fips=settings.boolean("ALIE_TRANSCRIBE_FIPS", False),
        transport=settings.text("ALIE_TRANSCRIBE_TRANSPORT", "websocket", allowed=TRANSPORTS),
        stability=settings.text("ALIE_TRANSCRIBE_STABILITY", "high", allowed=STABILITIES),
        vocabularies=_pairs(settings, "ALIE_TRANSCRIBE_VOCABULARIES"),
        filters=_pairs(settings, "ALIE_TRANSCRIBE_FILTERS"),
        filter_method=settings.text("ALIE_TRANSCRIBE_FILTER_METHOD", "mask", allowed=FILTER_METHODS),
        language_models=_pairs(settings, "ALIE_TRANSCRIBE_LANGUAGE_MODELS"),
        pii=settings.text("ALIE_TRANSCRIBE_PII", "off", allowed=PII_MODES),
        pii_types=settings.items(
            "ALIE_TRANSCRIBE_PII_TYPES",
            lambda item: _TYPE.fullmatch(item) is not None,
            "must be types such as NAME or PHONE, separated by commas",
        ),
        preferred_language=settings.text("ALIE_TRANSCRIBE_PREFERRED_LANGUAGE", "", allowed=("", *LANGUAGE_CODES)),
    )


def _pairs(settings: Settings, name: str) -> dict[str, str]:
    return dict(item.split("=", 1) for item in settings.items(name, _is_pair, _PAIR_RULE))


def _is_pair(item: str) -> bool:
    language, _, name = item.partition("=")
    return language in LANGUAGE_CODES and _NAME.fullmatch(name) is not None


def _is_endpoint(text: str) -> bool:
    try:
        AmazonOptions(endpoint=text)
    except ValueError:
        return False
    return True
