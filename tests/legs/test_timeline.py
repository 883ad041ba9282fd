"""A leg's clock and the session's: any audio, any silence between."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.legs.timeline import Timeline

PIECES = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=12)


def timeline_of(begins_at: int, pieces: list[tuple[int, bool]]) -> tuple[Timeline, list[int]]:
    """A timeline, and a list that has the session's position of each byte given to the leg, and of the end."""
    timeline, positions, at = Timeline(begins_at), [], begins_at
    for byte_count, is_silence in pieces:
        timeline.add(byte_count, is_silence=is_silence)
        for _ in range(byte_count):
            positions.append(at)
            at += not is_silence
    return timeline, [*positions, at]


class TimelineTests(SynchronousTestCase):
    """Positions in bytes."""

    def test_a_leg_that_begins_in_the_middle(self) -> None:
        timeline = Timeline(1000)
        timeline.add(500)
        self.assertEqual([timeline.session_position(at) for at in (0, 250, 500)], [1000, 1250, 1500])
        self.assertEqual((timeline.given, timeline.sent), (500, 1500))

    def test_silence_has_no_length_in_the_session(self) -> None:
        timeline = Timeline(0)
        timeline.add(100)
        timeline.add(40, is_silence=True)
        timeline.add(40, is_silence=True)
        timeline.add(100)
        self.assertEqual([timeline.session_position(at) for at in (99, 100, 179, 180, 280)], [99, 100, 100, 100, 200])
        self.assertEqual((timeline.given, timeline.sent), (280, 200))

    def test_what_the_leg_was_not_given_is_not_reached(self) -> None:
        """A vendor rounds its times; before the first and after the last byte there is nothing."""
        timeline = Timeline(1000)
        timeline.add(100)
        self.assertEqual([timeline.session_position(at) for at in (-2, 101, 10**9)], [1000, 1100, 1100])

    def test_silence_first(self) -> None:
        timeline = Timeline(1000)
        timeline.add(100, is_silence=True)
        self.assertEqual([timeline.session_position(at) for at in (0, 50, 100)], [1000, 1000, 1000])
        timeline.add(2)
        self.assertEqual(timeline.session_position(102), 1002)

    def test_what_is_forgotten_counts_as_where_the_rest_begins(self) -> None:
        timeline = Timeline(0)
        for _ in range(3):
            timeline.add(100)
            timeline.add(100, is_silence=True)
        timeline.forget(250)
        self.assertEqual([timeline.session_position(at) for at in (0, 199, 200, 250)], [100, 100, 100, 150])
        timeline.forget(-1)
        self.assertEqual(timeline.session_position(250), 150)

    @given(st.integers(0, 9), PIECES)
    @settings(deadline=None)
    def test_each_byte_has_its_place(self, begins_at: int, pieces: list[tuple[int, bool]]) -> None:
        """Against a list with an entry for each byte; the same up to the end and never backwards."""
        timeline, positions = timeline_of(begins_at, pieces)
        self.assertEqual([timeline.session_position(at) for at in range(len(positions))], positions)
        beyond = [timeline.session_position(at) for at in range(-3, len(positions) + 3)]
        self.assertEqual(beyond, sorted(beyond))
        self.assertEqual((timeline.given, timeline.sent), (len(positions) - 1, positions[-1]))

    @given(st.integers(0, 9), PIECES, PIECES, st.lists(st.integers(-2, 70), min_size=1, max_size=4))
    @settings(deadline=None)
    def test_forgetting_changes_nothing_that_comes_after(
        self, begins_at: int, pieces: list[tuple[int, bool]], more: list[tuple[int, bool]], forgotten: list[int]
    ) -> None:
        """Nor does it run backwards over what was forgotten, nor hinder what is given later."""
        timeline, _ = timeline_of(begins_at, pieces)
        for position in forgotten:
            timeline.forget(position)
        for byte_count, is_silence in more:
            timeline.add(byte_count, is_silence=is_silence)
        _, positions = timeline_of(begins_at, pieces + more)
        answers = [timeline.session_position(at) for at in range(len(positions))]
        # What lies beyond the end was never given: it cannot be forgotten either.
        first = max(0, min(max(forgotten), sum(byte_count for byte_count, _ in pieces)))
        self.assertEqual(answers[first:], positions[first:])
        self.assertEqual(answers, sorted(answers))
