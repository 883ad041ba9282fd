"""Makes the session and the performer of each new socket."""

from __future__ import annotations

import uuid
from dataclasses import replace

from twisted.internet.interfaces import IReactorTime

from alie.admission import Admission
from alie.census import Census
from alie.config import Config
from alie.engines.interface import Engine
from alie.metrics import Metrics
from alie.performer import Performer
from alie.replies import resume_path
from alie.session import Session
from alie.sockets import Socket
from alie.speech import AMAZON, EngineFacts
from alie.standing import Standing
from alie.surroundings import Surroundings
from alie.web.entrance import Entrance


class Performing:
    """What all sessions of a daemon have in common.

    Args:
        clock: the reactor.
        config: what the daemon was told.
        engine: what listens.
        admission: where seats are taken.
        metrics: what may be counted is counted here.
        around: parts of the daemon; a client's own address is put in for each.
        census: counts what is made.
    """

    def __init__(
        self,
        clock: IReactorTime,
        config: Config,
        engine: Engine,
        admission: Admission,
        metrics: Metrics,
        around: Surroundings,
        census: Census,
    ) -> None:
        self._clock = clock
        self._config = config
        self._engine = engine
        self._admission = admission
        self._metrics = metrics
        self._around = around
        self._census = census

    def __call__(self, socket: Socket, entrance: Entrance) -> Performer:
        """The performer of a new socket, for whoever came in by this entrance."""
        session = Session(
            str(uuid.uuid4()),
            self._facts(),
            self._admission,
            self._config.limits,
            standing=Standing(
                is_owed=self._config.access.is_token_owed,
                caller=entrance.caller,
                way=entrance.way,
                refusal=entrance.refusal,
            ),
            can_export=self._around.exporter is not None,
            resume_path=resume_path(self._config.instance),
        )
        around = replace(self._around, address=entrance.address)
        performer = Performer(session, self._engine, socket, self._clock, self._metrics, around)
        self._census.count(session=session, performer=performer, socket=socket)
        return performer

    def _facts(self) -> EngineFacts:
        engine = self._engine
        is_amazon = engine.name == AMAZON
        return EngineFacts(
            engine.name,
            has_speaker_labels=engine.has_speaker_labels,
            takes_vocabulary_names=is_amazon,
            takes_phrases=not is_amazon,
            check=engine.check,
            region=self._config.engine.amazon.region if is_amazon else None,
        )
