"""Builds what a daemon is made of besides its engine, as it was configured: who may speak, what is kept and counted."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alie import state_dir
from alie.audit import keys
from alie.audit.files import FOLDER
from alie.audit.log import AuditLog
from alie.audit.mirror import to_store
from alie.auth.access_keys import AccessKeyAuthenticator
from alie.auth.interface import Authenticator
from alie.auth.signing import signing_secret
from alie.auth.supabase import SupabaseAuthenticator
from alie.auth.tickets import SignedTickets
from alie.auth.ws_tokens import WsTokenBook
from alie.config import Config, public_host
from alie.engines.interface import Engine
from alie.export.interface import ExportError
from alie.export.s3 import S3Exporter
from alie.guarding import ResidencyGuard
from alie.key_diary import KeyDiary
from alie.parts import Both, Member, Parts
from alie.residency import Residency
from alie.store.interface import Store
from alie.store.keys import StoreKeys
from alie.store.sqlite import SqliteStore
from alie.store.sqlite_file import FILE_NAME
from alie.store.supabase import SupabaseStore
from alie.supabase import SupabaseHttp
from alie.tls.renewal import Certificates
from alie.web.limiter import UseLimiter


def build_parts(reactor: Any, config: Config, engine: Engine, environ: Mapping[str, str]) -> Parts:
    """Builds the parts, none of them started.

    Args:
        reactor: the daemon's.
        config: what it was told.
        engine: what listens.
        environ: of the process: systemd may have put the signing key there.

    Raises:
        StateDirError: the state directory cannot be used.
        AuditError: the signing key cannot be read or made.
        ExportError: there is a bucket for exports, and nothing to reach it with.
        CertificateError: there is no certificate to speak TLS with.
    """
    folder = state_dir.prepare(config.state_dir)
    people = _supabase(reactor, config) if config.access.supabase_url else _own(reactor, folder)
    store = people.store
    secret = signing_secret(config.access)
    mirror = to_store(store, is_own=not config.access.supabase_url)
    audit = AuditLog(reactor, folder / FOLDER, keys.load_or_make(folder, environ), time.time, mirror)
    diary = KeyDiary(reactor, people.own, audit) if people.own is not None else None
    certificates = _certificates(reactor, config) if config.tls.is_on else None
    residency = Residency(config.residency)
    exporter = _exporter(reactor, config, residency) if config.export.bucket else None
    guard = ResidencyGuard(residency, lambda: engine.hosts)
    return Parts(
        authenticator=people.authenticator,
        notes=people.notes,
        tickets=SignedTickets(secret, time.time),
        ws_tokens=WsTokenBook(secret, time.time) if config.access.is_token_owed else None,
        limiter=UseLimiter(reactor, config.use_limits),
        audit=audit,
        store=store,
        exporter=exporter,
        guard=guard,
        certificates=certificates,
        members=(*people.members, audit, *(member for member in (diary, exporter, certificates) if member is not None)),
    )


def _certificates(reactor: Any, config: Config) -> Certificates:
    return Certificates(reactor, config.tls, time.time, public_host(config))


def _exporter(reactor: Any, config: Config, residency: Residency) -> S3Exporter:
    if importlib.util.find_spec("boto3") is None:
        raise ExportError("ALIE_EXPORT_BUCKET is set and the library for S3 is missing: pip install 'alie[amazon]'")
    return S3Exporter(reactor, config.export, config.region, residency, time.time)


@dataclass(frozen=True)
class _People:
    """Who is known, and where what they save is kept; see `Parts`. `own` is the store where it has the keys, too."""

    store: Store
    authenticator: Authenticator
    members: tuple[Member, ...]
    notes: Callable[[], list[str]] = list
    own: SqliteStore | None = None


def _own(reactor: Any, folder: Path) -> _People:
    """Holders of access keys, and a file of this server's own."""
    store = SqliteStore(reactor, str(folder / FILE_NAME), time.time)
    return _People(store, AccessKeyAuthenticator(reactor, StoreKeys(store)), (store,), own=store)


def _supabase(reactor: Any, config: Config) -> _People:
    """Users of a Supabase project, and its database."""
    http = SupabaseHttp(reactor, config.access.supabase_url, config.access.anon_key)
    store = SupabaseStore(http, time.time)
    authenticator = SupabaseAuthenticator(reactor, http, config.access, store.memberships)
    return _People(store, authenticator, (Both(authenticator.start, http.close), store), authenticator.notes)
