"""Sequences of events at a session: the state machine of tests/test_machine.py, led by coverage instead of chance."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import get_state_machine_test

from tests.test_machine import SessionMachine

_SETTINGS = settings(database=None, deadline=None, stateful_step_count=60, suppress_health_check=list(HealthCheck))
SEEDS = (bytes(600), bytes(range(256)) * 3, *(bytes((step * n) % 256 for n in range(900)) for step in (3, 7, 13, 29)))
WORDS = ()

one = get_state_machine_test(SessionMachine, settings=_SETTINGS).hypothesis.fuzz_one_input
