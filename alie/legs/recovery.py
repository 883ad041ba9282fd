"""The answer to each way a leg can fail: how soon the next one is tried, and with what. Pure.

Source: docs.aws.amazon.com/transcribe/latest/APIReference/API_streaming_TranscriptResultStream.html
"""

from __future__ import annotations

from dataclasses import dataclass

from alie.faults import Fault


@dataclass(frozen=True, slots=True)
class Answer:
    """What to do about a fault.

    Attributes:
        delay_s: until the next try.
        needs_new_id: the next leg must not use the session id of this one.
        drops_extras: the next leg goes without what the engine can do without (vocabulary, language model).
        is_hopeless: the engine will not take this stream soon: another takes over at once, if there is one.
        is_final: nor will it ever: the stream fails if there is no other.
        is_alarm: a fault of ours, or one that an operator must mend.
    """

    delay_s: float = 0.0
    needs_new_id: bool = False
    drops_extras: bool = False
    is_hopeless: bool = False
    is_final: bool = False
    is_alarm: bool = False


@dataclass(frozen=True, slots=True)
class _BackOff:
    first_s: float
    longest_s: float
    # How many failures in a row are answered at once.
    free: int = 0

    def delay_s(self, attempt: int, chance: float) -> float:
        # Half of it by chance: sessions that failed together must not come back together.
        if attempt <= self.free:
            return 0.0
        whole: float = min(self.longest_s, self.first_s * 2 ** min(attempt - self.free - 1, 20))
        return whole * (0.5 + chance / 2)


_AT_ONCE = _BackOff(0.25, 10.0, free=1)
_BACK_OFFS = {
    Fault.STARVED: _AT_ONCE,
    Fault.OVERSIZE: _AT_ONCE,
    Fault.CLOSED: _AT_ONCE,
    Fault.SILENT: _AT_ONCE,
    Fault.CONFLICT: _AT_ONCE,
    Fault.PARAMETER: _AT_ONCE,
    Fault.CONNECTION: _BackOff(0.25, 10.0),
    Fault.SERVICE: _BackOff(0.25, 10.0),
    Fault.LIMIT: _BackOff(1.0, 20.0),
    Fault.CREDENTIALS: _BackOff(5.0, 60.0, free=1),
}
_ALARMS = frozenset({Fault.STARVED, Fault.OVERSIZE, Fault.CONFLICT, Fault.CREDENTIALS, Fault.PARAMETER})


def answer(fault: Fault, attempt: int, chance: float, *, is_plain: bool) -> Answer:
    """Decides.

    Args:
        fault: how the leg failed.
        attempt: how many legs have failed like this since one got anywhere, with this one: 1, 2, ...
        chance: 0..1, at random.
        is_plain: whether the leg already went without extras.
    """
    is_refused = fault is Fault.PARAMETER and is_plain
    return Answer(
        delay_s=_BACK_OFFS[fault].delay_s(attempt, chance),
        needs_new_id=fault is Fault.CONFLICT,
        drops_extras=fault is Fault.PARAMETER,
        is_hopeless=is_refused or (fault is Fault.CREDENTIALS and attempt > 1),
        is_final=is_refused,
        is_alarm=fault in _ALARMS,
    )
