"""The numbers a supervised stream is led by, in seconds unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegPolicy:
    """Durations, each with its reason.

    Attributes:
        shortest_frame_s: smaller frames are joined: Amazon asks for 50-200 ms, and each costs a message.
        longest_frame_s: larger frames are split: Amazon refuses more than one second.
        lead_s: audio that a leg may get at once when it opens; beyond it only as fast as the engine takes audio.
        ahead_s: audio waiting for a leg at which the client is not read any more.
        ahead_low_s: at which it is read again.
        silence_after_s: without audio from the client, after which silence is fed, so that segments end and a leg
            does not starve (Amazon ends it after 15 s).
        silence_step_s: of silence fed at a time, in real time.
        park_after_s: without audio from the client, after which the leg is ended: an open leg costs as much as it
            hears, and opening one costs at least 15 s.
        kept_s: audio in which a leg has heard nothing that is kept for a replay all the same.
        open_segment_s: a segment open for longer is settled by ending the leg; bounds what is kept.
        roll_over_s: before the end of the longest stream, after which the next pause is used for a new leg.
        open_within_s: for an engine to take a stream.
        end_within_s: without a result, for a leg to end.
        silent_s: without a result while there is speech, after which a leg counts as dead.
        speech_s: of speech without a word that it takes for that.
        settle_s: of silence that ends a segment, for engines that cannot be told to.
        settle_within_s: after which a flush ends the leg instead.
        well_after_s: without a fault, after which a reopened leg counts as well though it has said nothing.
        fail_over_after_s: of trouble, after which another engine takes over.
        spill_after_s: of waiting for a seat at the engine, after which another takes over.
        retry_fallback_s: between two tries of another engine that could not take over.
        return_after_s: without an open segment, which is a pause to go back in: finals come when one has begun.
        stay_s: on another engine before the first return; doubles with each failover of a stream.
        stay_longest_s: on another engine, however often.
        give_up_s: of trouble, after which the stream fails.
    """

    shortest_frame_s: float = 0.05
    longest_frame_s: float = 0.5
    lead_s: float = 2.0
    ahead_s: float = 30.0
    ahead_low_s: float = 15.0
    silence_after_s: float = 1.0
    silence_step_s: float = 0.5
    park_after_s: float = 15.0
    kept_s: float = 10.0
    open_segment_s: float = 60.0
    roll_over_s: float = 300.0
    open_within_s: float = 4.5
    end_within_s: float = 4.5
    silent_s: float = 4.5
    speech_s: float = 1.5
    settle_s: float = 1.5
    settle_within_s: float = 4.0
    well_after_s: float = 10.0
    fail_over_after_s: float = 8.0
    spill_after_s: float = 3.0
    retry_fallback_s: float = 5.0
    return_after_s: float = 0.2
    stay_s: float = 15.0
    stay_longest_s: float = 300.0
    give_up_s: float = 90.0
