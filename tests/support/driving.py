"""Drives a session by hand: events in, actions out, and a clock that goes only where it is told."""

from __future__ import annotations

import itertools
import json
from typing import Any

from alie import actions as do
from alie import events as on
from alie.actions import Action
from alie.admission import Admission
from alie.errors import AlieError
from alie.limits import Limits
from alie.principal import Caller
from alie.session import Session, State
from alie.speech import EngineFacts
from alie.standing import NO_WAY, TICKET, Standing
from alie.transcript import Result, Word

SESSION_ID = "7b8ce5b3-9e09-4d6c-8f2f-6d6d8d9f3a11"
FRAME = bytes(8192)
TIMESTAMP = "2025-09-30T12:00:00.000Z"


def partial(segment: str = "e-1", text: str = "so far", end_s: float = 0.25) -> Result:
    """A partial result of the engine."""
    return Result(segment, 0.0, end_s, text, is_final=False)


def final(segment: str = "e-1", text: str = "So far.", end_s: float = 0.25) -> Result:
    """A final result of the engine, with its words."""
    words = tuple(Word(word, 0.0, end_s, 0.5) for word in text.split())
    return Result(segment, 0.0, end_s, text, is_final=True, words=words)


class Driver:
    """A session, its seats and its clock.

    Args:
        facts: of the engine; by default the embedded one's.
        seats: how many there are.
        is_token_owed: see `Standing`.
        caller: whom the door let in; None: nobody.
        can_export: see `Session`.
        limits: see `Session`.
    """

    def __init__(
        self,
        facts: EngineFacts | None = None,
        *,
        seats: int = 3,
        is_token_owed: bool = False,
        caller: Caller | None = None,
        can_export: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.now = 1000.0
        self.limits = limits or Limits()
        self.admission = Admission(lambda: seats)
        facts = facts or EngineFacts("embedded")
        standing = Standing(is_owed=is_token_owed, caller=caller, way=NO_WAY if caller is None else TICKET)
        self._tokens = itertools.count(1)
        self.session = Session(
            SESSION_ID,
            facts,
            self.admission,
            self.limits,
            standing=standing,
            can_export=can_export,
            new_token=lambda: f"token-{next(self._tokens)}",
        )
        self.actions: list[Action] = []

    @property
    def state(self) -> State:
        """Where the session stands."""
        return self.session.state

    def receive(self, event: object) -> list[Action]:
        """Gives the session one event, now."""
        actions = self.session.receive(event, self.now)
        self.actions += actions
        return actions

    def open(self) -> list[Action]:
        """The socket opens."""
        return self.receive(on.Opened(TIMESTAMP))

    def say(self, type_: str, **fields: Any) -> list[Action]:
        """The client sends a message."""
        return self.receive(on.Text(json.dumps({"type": type_, **fields}).encode()))

    def start(self, **fields: Any) -> list[Action]:
        """The client starts as the pages do, or with other fields."""
        page = {"languageCode": "en-US", "sampleRate": 16000, "mode": "smart_dictation"}
        return self.say("start_transcription", **{**page, **fields})

    def speak(self, frame: bytes = FRAME) -> list[Action]:
        """The client sends audio."""
        return self.receive(on.Audio(frame))

    def hear(self, result: Result) -> list[Action]:
        """The engine tells a result."""
        return self.receive(on.Heard(result))

    def fail(self, error: AlieError) -> list[Action]:
        """The engine fails."""
        return self.receive(on.EngineFailed(error))

    def prove(self, caller: Caller, lifetime_s: float | None = None) -> list[Action]:
        """The token that is being verified proves this."""
        return self.receive(on.Verified(caller, lifetime_s, self.asked))

    def refuse(self, error: AlieError) -> list[Action]:
        """The token that is being verified proves nothing."""
        return self.receive(on.Refused(error, self.asked))

    @property
    def asked(self) -> int:
        """The number of the newest `Verify`."""
        return max((action.number for action in self.actions if isinstance(action, do.Verify)), default=0)

    def wait(self, seconds: float) -> list[Action]:
        """Time passes; whenever the session's deadline comes, it is told, as a performer would."""
        until = self.now + seconds
        actions: list[Action] = []
        for _ in range(100):
            deadline = self.session.deadline()
            if deadline is None or deadline > until:
                self.now = until
                return actions
            self.now = max(self.now, deadline)
            actions += self.receive(on.Tick())
        raise AssertionError("the deadline does not move: a performer would spin")

    def started(self, **fields: Any) -> Driver:
        """Opens and starts; what was done until then is forgotten."""
        self.open()
        self.start(**fields)
        self.actions.clear()
        return self

    def dictating(self, **fields: Any) -> Driver:
        """Opens, starts and speaks; what was done until then is forgotten."""
        self.started(**fields).speak()
        self.actions.clear()
        return self
