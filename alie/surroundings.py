"""What a session finds around it besides engine and socket, as one value."""

from __future__ import annotations

import time
from collections.abc import Callable, MutableSet
from dataclasses import dataclass, field

from alie.audit.interface import Audit, NoAudit
from alie.auth.interface import Authenticator
from alie.auth.nobody import NobodyAuthenticator
from alie.budget import Holder
from alie.claims import Claims
from alie.export.interface import Exporter
from alie.thrift import Thrift


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Parts of the daemon, and what the door knows of one client.

    Attributes:
        authenticator: verifies tokens, and tells when access is gone.
        audit: takes down who did what.
        exporter: puts texts where their users can fetch them; None: nowhere.
        address: of the client; None where it is not known.
        ways_in: a sentence for the operator on how a client can prove who speaks.
        claims: the sessions that another socket may take over.
        thrift: whether partials are held back.
        holders: everybody for whom something may be held.
        wall: the wall clock, Unix time in seconds.
    """

    authenticator: Authenticator = field(default_factory=NobodyAuthenticator)
    audit: Audit = field(default_factory=NoAudit)
    exporter: Exporter | None = None
    address: str | None = None
    ways_in: str = ""
    claims: Claims = field(default_factory=Claims)
    thrift: Thrift = field(default_factory=Thrift)
    holders: MutableSet[Holder] = field(default_factory=set)
    wall: Callable[[], float] = time.time
