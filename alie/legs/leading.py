"""Leads a live leg: audio as it comes, silence in pauses, an end when one is due, an eye on its silence. Pure."""

from __future__ import annotations

import functools

from alie.legs import orders as do
from alie.legs.leg import Course, Leg, LegState
from alie.legs.loudness import speech_s
from alie.legs.orders import PRIMARY, Order
from alie.legs.policy import LegPolicy

SOON_S = 0.1
"""How often a leg is looked after while something waits for the right moment, or for its pace."""

# Housekeeping of an engine that needs no watchdog, and what is kept of what it heard.
_LOCAL_WATCH_S, _LOCAL_KEPT_S, _LOCAL_END_S = 5.0, 30.0, 60.0


@functools.lru_cache(maxsize=8)
def _silence(byte_count: int) -> bytes:
    # The same bytes for all streams of one rate: 16 KB that each need not have for itself.
    return bytes(byte_count)


class Lead:
    """Leads live legs of one stream.

    Args:
        course: what they have to do.
        sample_rate_hz: of the audio.
        policy: the numbers.
    """

    def __init__(self, course: Course, sample_rate_hz: int, policy: LegPolicy) -> None:
        self._course = course
        self._account = course.account
        self._rate_hz = sample_rate_hz
        self._policy = policy
        self._longest = self._account.bytes_of(policy.longest_frame_s)
        self._shortest = self._account.bytes_of(policy.shortest_frame_s)
        self._silence = _silence(self._account.bytes_of(policy.silence_step_s))

    def pump(self, leg: Leg, now: float, orders: list[Order]) -> bool:
        """Gives the leg what it may have: as it comes, small frames joined, large ones split, a backlog paced.

        Returns:
            Whether there is more for it, and it must be asked again soon.
        """
        timeline, fastest = self._account.leg, leg.traits.fastest
        least = 0 if self._course.is_finishing or self._course.flushes or self._is_quiet(now) else self._shortest
        while timeline is not None and not leg.is_full:
            if fastest is not None:
                allowed_s = self._policy.lead_s + fastest * (now - leg.opened_at)
                if timeline.given > self._account.bytes_of(allowed_s):
                    return True
            frame = self._account.take(self._longest, least)
            if not frame:
                return False
            orders.append(do.FeedLeg(frame))
        return False

    def tick(self, leg: Leg, now: float, orders: list[Order]) -> bool:
        """Does what time asks for; the leg may be ENDING after it.

        Returns:
            Whether the leg is dead: it has heard speech and said nothing.
        """
        self.pump(leg, now, orders)
        if self._course.is_finishing:
            is_over = not self._account.unsent_bytes
        else:
            self._answer_flushes(leg, now, orders)
            is_over = leg.state is LegState.LIVE and self._wants_end(leg, now)
        if is_over:
            self.end(leg, now, orders)
        if leg.state is not LegState.LIVE:
            return False
        if leg.is_remote and self._is_quiet(now) and now >= leg.silence_at:
            self._feed_silence(leg, self._policy.silence_step_s, now, orders)
        return now >= leg.watched_at + self._watch_s(leg) and self._is_dead(leg, now, orders)

    def end(self, leg: Leg, now: float, orders: list[Order]) -> None:
        """No more audio for this leg."""
        leg.state = LegState.ENDING
        leg.answered_at = now
        orders.append(do.FinishLeg())

    def end_due_at(self, leg: Leg) -> float:
        """When a leg that is ENDING and says nothing counts as dead."""
        return leg.answered_at + (self._policy.end_within_s if leg.is_remote else _LOCAL_END_S)

    def moments(self, leg: Leg, now: float) -> list[float]:
        """When a tick may have something to do."""
        policy, course = self._policy, self._course
        moments = [leg.watched_at + self._watch_s(leg)]
        is_behind = bool(self._account.unsent_bytes) and not leg.is_full
        waits_for_final = bool(course.flushes) and not leg.traits.can_flush
        if waits_for_final or (is_behind and (course.is_finishing or leg.traits.fastest is not None)):
            moments.append(now + SOON_S)
        if is_behind and not leg.is_remote:
            moments.append(course.fed_at + policy.silence_after_s)
        if leg.is_remote and not leg.is_full:
            moments.append(max(course.fed_at + policy.silence_after_s, leg.silence_at))
            moments.append(course.fed_at + policy.park_after_s)
        # What waits for the end of a segment is looked at again when that has come.
        is_calm = not self._account.names.has_open
        if is_calm and leg.is_fallback and course.is_primary_well:
            moments.append(max(leg.opened_at + course.stay_s, leg.calm_since + policy.return_after_s))
        if leg.traits.longest_stream_s is not None:
            moments.append(leg.opened_at + leg.traits.longest_stream_s - self._roll_over_s(is_calm=is_calm))
        return moments

    def _roll_over_s(self, *, is_calm: bool) -> float:
        # A pause is waited for, but not to the very end.
        return self._policy.roll_over_s if is_calm else self._policy.roll_over_s / 10

    def _is_quiet(self, now: float) -> bool:
        return now >= self._course.fed_at + self._policy.silence_after_s

    def _wants_end(self, leg: Leg, now: float) -> bool:
        """Whether the leg should be ended: parked, rolled over, settled by force, or left for the primary."""
        policy, account = self._policy, self._account
        if account.unsent_bytes:
            return False
        if leg.is_remote and now >= self._course.fed_at + policy.park_after_s:
            return True
        is_calm = not account.names.has_open
        if leg.traits.longest_stream_s is not None:
            left_s = leg.opened_at + leg.traits.longest_stream_s - now
            if left_s <= self._roll_over_s(is_calm=is_calm):
                return True
        if not is_calm:
            return account.unsettled_bytes > account.bytes_of(policy.open_segment_s)
        may_return = leg.is_fallback and self._course.is_primary_well and now >= leg.opened_at + self._course.stay_s
        if may_return and now >= leg.calm_since + policy.return_after_s:
            leg.next_engine = PRIMARY
            return True
        return False

    def _answer_flushes(self, leg: Leg, now: float, orders: list[Order]) -> None:
        flushes = self._course.flushes
        for flush in flushes:
            if flush.reached_at is None and self._account.leg and self._account.leg.sent >= flush.position:
                flush.reached_at = now
                if leg.traits.can_flush:
                    orders.append(do.FlushLeg())
                elif not self._account.leg.ends_in_silence:
                    # All of it at once: whoever goes on speaking must not have silence put between the words. And once
                    # for all who flush at the same place: a client that asks without end must not have us pay for it.
                    self._feed_silence(leg, self._policy.settle_s, now, orders)
        while not leg.traits.can_flush and flushes and flushes[0].reached_at is not None:
            waited_s = now - flushes[0].reached_at
            if waited_s < self._policy.settle_s or self._account.names.has_open:
                if waited_s >= self._policy.settle_within_s:
                    self.end(leg, now, orders)
                return
            flushes.popleft()
            orders.append(do.TellFlushed())

    def _feed_silence(self, leg: Leg, duration_s: float, now: float, orders: list[Order]) -> None:
        timeline = self._account.leg
        if timeline is None or self._account.unsent_bytes or leg.is_full:
            return
        for _ in range(round(duration_s / self._policy.silence_step_s)):
            timeline.add(len(self._silence), is_silence=True)
            orders.append(do.FeedLeg(self._silence))
        leg.silence_at = now + duration_s

    def _watch_s(self, leg: Leg) -> float:
        # What is taken for speech and is none must not cost a leg every few seconds.
        return self._policy.silent_s * 2 ** min(self._course.strikes, 4) if leg.is_remote else _LOCAL_WATCH_S

    def _is_dead(self, leg: Leg, now: float, orders: list[Order]) -> bool:
        """Looks whether a leg that says nothing has heard speech; if not, most of what it heard need not be kept."""
        account = self._account
        sent = account.ring.end - account.unsent_bytes
        leg.watched_at = now
        if leg.is_remote:
            start = max(leg.watched_to, account.ring.start)
            leg.speech_s += speech_s(account.ring.read(start, sent - start), self._rate_hz)
            leg.watched_to = sent
            if leg.speech_s >= self._policy.speech_s:
                return True
        kept = account.bytes_of(self._policy.kept_s if leg.is_remote else _LOCAL_KEPT_S)
        if not account.names.has_open and sent - account.final_at > kept:
            account.settle(sent - kept)
            orders += [do.Tell(result) for result in account.names.withdraw()]
        return False
