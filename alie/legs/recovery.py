"""The answer to each way a leg can fail: how soon the next one is tried, and with what. Pure.

Source: docs.aws.amazon.com/transcribe/latest/APIReference/API_streaming_TranscriptResultStream.html
"""

from __future__ import annotations

from dataclasses import dataclass

from alie.back_off import BackOff
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


_AT_ONCE = BackOff(0.25, 10.0, free=1)
_BACK_OFFS = {
    Fault.STARVED: _AT_ONCE,
    Fault.OVERSIZE: _AT_ONCE,
    Fault.CLOSED: _AT_ONCE,
    Fault.SILENT: _AT_ONCE,
    Fault.CONFLICT: _AT_ONCE,
    Fault.PARAMETER: _AT_ONCE,
    Fault.CONNECTION: BackOff(0.25, 10.0),
    Fault.SERVICE: BackOff(0.25, 10.0),
    Fault.LIMIT: BackOff(1.0, 20.0),
    Fault.CREDENTIALS: BackOff(5.0, 60.0, free=1),
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
