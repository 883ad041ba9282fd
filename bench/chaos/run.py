"""One run: everyone speaks, everything goes wrong, and every session is looked at."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults

from bench.chaos.account import Account, account_of
from bench.chaos.judging import complaints
from bench.chaos.plain import PlainSpeaker
from bench.chaos.plan import Kill, Part, Plan, make_plan
from bench.chaos.stage import Stage
from bench.chaos.story import Story
from bench.chaos.talker import Talker
from bench.lateness import Lateness
from tests.support.recordings import Take, long_take, short_clips, take

_LONG = ("fr-long", "en-long")
# Every so manieth speaker says several sentences of a long recording, the others one clip of 3 to 8 s.
_LONG_EVERY = 5
_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done.

    Attributes:
        seed: of the plan.
        sessions: how many in all.
        at_once: how many of them.
        kills: signals that the daemon gets, at regular intervals.
    """

    seed: int = 1
    sessions: int = 1000
    at_once: int = 60
    kills: tuple[str, ...] = ("KILL", "TERM", "KILL")


class Run:
    """One run. Call `close` in any case.

    Args:
        reactor: of everything but the daemon.
        order: what is to be done.
        tell: is told of progress, in a line.
    """

    def __init__(self, reactor: Any, order: Order, tell: Callable[[str], None] = lambda line: None) -> None:
        self._reactor = reactor
        self._order = order
        self._tell = tell
        self._takes = takes(order.sessions)
        lengths = [len(one.pcm) for one in self._takes]
        self.plan: Plan = make_plan(order.seed, lengths, order.kills)
        self._kills: deque[Kill] = deque(self.plan.kills)
        self.stage = Stage(reactor, self.plan, self._takes)
        self._stories: list[Story] = []
        self._restarting: list[Deferred[None]] = []

    async def perform(self) -> Account:
        """Does all of it."""
        await self.stage.start()
        watch = Lateness(self._reactor)
        began_s = self._reactor.seconds()
        seats = DeferredSemaphore(self._order.at_once)
        pairs = zip(self.plan.parts, self._takes, strict=True)
        try:
            works = [seats.run(self._begin, part, one) for part, one in pairs]
            await gatherResults(works, consumeErrors=True)
            await gatherResults(self._restarting, consumeErrors=True)
        finally:
            watch.stop()
        found = [text for story in self._stories for text in complaints(story, watch.worst_s)]
        return account_of(
            self._stories,
            found,
            kills=[name for _, name in self.stage.kills],
            strikes=self.stage.strikes(),
            took_s=self._reactor.seconds() - began_s,
            late_s=watch.worst_s,
        )

    async def close(self) -> None:
        """Ends everything."""
        await self.stage.stop()

    def _begin(self, part: Part, one: Take) -> Deferred[None]:
        return Deferred.fromCoroutine(self._session(part, one))

    async def _session(self, part: Part, one: Take) -> None:
        way = self.stage.way_for(part)
        sha256 = hashlib.sha256(one.pcm).hexdigest()
        story = Story(part, tuple(one.script.texts), sha256, one.duration_s)
        self._stories.append(story)
        began_s = self._reactor.seconds()
        speaker = (PlainSpeaker if part.is_plain else Talker)(self._reactor, one, story, lambda: way.port)
        try:
            await speaker.speak()
        except Exception as error:  # what the others see is worth knowing all the same
            story.failure = repr(error)
        story.over_s = self._reactor.seconds()
        story.accepted_s = tuple(way.accepted_s)
        story.client_strikes = tuple(way.strikes)
        story.engine_strikes = self.stage.engine_strikes(part.speaker)
        story.legs = self.stage.legs(part.speaker)
        story.heard = self.stage.simulator.heard_by(part.speaker)
        story.kills = tuple(kill for kill in self.stage.kills if began_s <= kill[0] <= story.over_s)
        await self.stage.end_way(part)
        self._ended()

    def _ended(self) -> None:
        done = sum(bool(story.over_s) for story in self._stories)
        if self._kills and done >= self._kills[0].after:
            signal = self._kills.popleft().signal
            self._tell(f"{done} sessions are done: SIG{signal} to the daemon")
            self._restarting.append(Deferred.fromCoroutine(self.stage.restart(signal)))
        elif done % 100 == 0:
            self._tell(f"{done} sessions are done")


def takes(sessions: int) -> Sequence[Take]:
    """The recordings of so many speakers, in both languages by turns."""
    clips = short_clips()
    found = []
    for number in range(sessions):
        if number % _LONG_EVERY == 0:
            found.append(long_take(_LONG[number // _LONG_EVERY % 2], number + 1, _SENTENCES))
        else:
            found.append(take(clips[number % len(clips)], number + 1))
    return found
