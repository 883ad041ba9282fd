"""Sequences of events at a session: the state machines of tests/test_machine.py, led by coverage instead of chance."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import get_state_machine_test

from tests.test_machine import ResumableMachine, SessionMachine

_SETTINGS = settings(database=None, deadline=None, stateful_step_count=60, suppress_health_check=list(HealthCheck))
_MACHINES = [
    get_state_machine_test(machine, settings=_SETTINGS).hypothesis.fuzz_one_input
    for machine in (ResumableMachine, SessionMachine)
]
SEEDS = (
    *(bytes((first,)) + bytes(range(256)) * 3 for first in (0, 1)),
    *(bytes((step * n) % 256 for n in range(900)) for step in (3, 7, 13, 29)),
)
WORDS = ()


def one(data: bytes) -> None:
    """The first byte says which machine it is."""
    if data:
        _MACHINES[data[0] % 2](data[1:])
