"""Chooses and builds the engine of a daemon from its configuration, and says why it is that one."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from typing import Any

from alie.config import Config
from alie.engines.amazon.configured import find_configured
from alie.engines.amazon.options import AmazonOptions
from alie.engines.interface import Engine
from alie.legs.governor import Governor
from alie.legs.policy import LegPolicy

_EMBEDDED_REASON = "It runs inside this daemon, so no audio leaves this machine."
# Of the account's quota: what is left for streams that AWS still counts though they are gone.
_QUOTA_SHARE = 0.9


class EngineChoiceError(Exception):
    """The engine that was asked for cannot be had; the text is a sentence."""


def choose(
    config: Config, environ: Mapping[str, str], find: Callable[[str], object | None] = importlib.util.find_spec
) -> tuple[str, str]:
    """Decides which engine is used.

    Args:
        config: of the daemon.
        environ: where AWS credentials may be; no network is asked.
        find: gives None for a package that is not installed.

    Returns:
        "amazon" or "embedded", and the reason in a sentence.

    Raises:
        EngineChoiceError: Amazon was asked for and its libraries are not installed.
    """
    wanted = config.engine.engine
    place = config.region if config.region.startswith("ca-") else f"{config.region}, outside Canada"
    has_library = find("botocore") is not None
    if wanted == "embedded":
        return "embedded", _EMBEDDED_REASON
    if wanted == "amazon":
        if not has_library:
            raise EngineChoiceError("ALIE_ENGINE is amazon and its libraries are missing: pip install 'alie[amazon]'")
        return "amazon", f"ALIE_ENGINE asks for it; audio goes to Amazon Transcribe in {place}."
    where = find_configured(environ)
    if where is None:
        return "embedded", f"{_EMBEDDED_REASON} No AWS credentials are configured."
    if not has_library:
        return "embedded", f"{_EMBEDDED_REASON} AWS credentials are configured, but alie[amazon] is not installed."
    return "amazon", f"AWS credentials are in {where}; audio goes to Amazon Transcribe in {place}."


def build(reactor: Any, config: Config, environ: Mapping[str, str]) -> tuple[Engine, str]:
    """Builds the engine, not started yet, and gives the reason for it.

    Raises:
        EngineChoiceError: it cannot be had, or what is to take over from it.
        ModelError: the embedded engine's model is missing.
        ValueError: in a sentence: a file of authorities that cannot be used, a transport that cannot reach the host.
    """
    name, reason = choose(config, environ)
    if name == "embedded":
        return _embedded(reactor, config, config.max_sessions or None), reason
    return _supervised(reactor, config), reason


def _embedded(reactor: Any, config: Config, seats: int | None) -> Engine:
    from alie.engines.embedded import EmbeddedEngine, Policy, locate_model

    workers = config.workers or os.cpu_count() or 1
    model = locate_model(config.model_dir)
    policy = Policy(ahead_s=config.load.ahead_s)
    return EmbeddedEngine(reactor, model=model, workers=workers, seats=seats, policy=policy)


def _embedded_fallback(reactor: Any, config: Config) -> Engine:
    from alie.engines.embedded import ModelError

    try:
        # As many seats as the cores can serve, however many sessions Amazon may have.
        return _embedded(reactor, config, None)
    except ModelError as error:
        raise EngineChoiceError(f"ALIE_FAILOVER is on and the embedded engine cannot take over: {error}") from None


def _supervised(reactor: Any, config: Config) -> Engine:
    from alie.engines.supervisor import SupervisedEngine

    settings = config.engine
    fallback: Engine | None = None
    other = settings.amazon.other_endpoint() if settings.failover == "region" else None
    if settings.failover == "on":
        fallback = _embedded_fallback(reactor, config)
    elif other is not None:
        fallback = _amazon(reactor, other, settings.quota)
    seats = settings.quota + (fallback.seats if settings.failover == "on" and fallback is not None else 0)
    return SupervisedEngine(
        reactor,
        _amazon(reactor, settings.amazon, settings.quota),
        fallback,
        governor=Governor(max(1, int(settings.quota * _QUOTA_SHARE)), settings.opens_per_s),
        seats=config.max_sessions or seats,
        policy=LegPolicy(
            fail_over_after_s=settings.failover_s, ahead_s=config.load.ahead_s, ahead_low_s=config.load.ahead_s / 2
        ),
    )


def _amazon(reactor: Any, options: AmazonOptions, quota: int) -> Engine:
    from alie.engines.amazon.credentials import Credentials
    from alie.engines.amazon.engine import AmazonEngine
    from alie.engines.amazon.transport import Transport

    credentials = Credentials(reactor)
    transport: Transport
    if options.transport == "sdk":
        from alie.engines.amazon.sdk import SdkTransport

        transport = SdkTransport(reactor, options, credentials)
    else:
        from alie.engines.amazon.websocket import WebSocketTransport

        transport = WebSocketTransport(reactor, options, credentials)
    return AmazonEngine(options, transport, credentials, seats=quota)
