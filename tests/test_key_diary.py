"""Tests of alie.key_diary: what operators did with keys gets into the audit log, all of it, whenever it was done."""

from __future__ import annotations

from contextlib import closing

from twisted.trial.unittest import SynchronousTestCase

from alie.audit.interface import AuditEvent
from alie.auth.access_key import mint
from alie.key_diary import LOOK_S, KeyDiary
from alie.store.key_events import Operator, waiting
from alie.store.keys import Holder, KeyBook
from alie.store.sqlite import SqliteStore
from alie.store.sqlite_file import open_database
from tests.cli.files import folder_for
from tests.engines.fakes import QueueReactor, ThreadlessPool
from tests.support.proofs import MemoryAudit

START_S = 1_800_000_000.0
BY = Operator(991, 1000)


class TroubledAudit(MemoryAudit):
    """Cannot be written, until it is told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[str] = []

    def problems(self) -> list[str]:
        """As many as there are."""
        return self.reasons


class DiaryTests(SynchronousTestCase):
    """A daemon's diary, a database, and a command beside it."""

    def setUp(self) -> None:
        self.path = str(folder_for(self) / "alie.db")
        self.reactor, self.pool, self.audit = QueueReactor(), ThreadlessPool(), TroubledAudit()
        self.store = SqliteStore(self.reactor, self.path, lambda: START_S, self.pool)
        self.store.start()
        self.settle()
        self.diary = KeyDiary(self.reactor, self.store, self.audit)

    def settle(self) -> None:
        """Does all that waits for the database."""
        while self.pool.waiting:
            self.pool.perform()
            self.reactor.settle()

    def look(self) -> None:
        """The next look is taken."""
        self.reactor.advance(LOOK_S)
        self.settle()

    def issue(self) -> str:
        """As `alie key new` does, in another process; gives the id."""
        _, kept = mint()
        with closing(open_database(self.path, lambda: START_S)) as database:
            KeyBook(database).add(Holder("Anna", "Nord"), kept.key_id, kept.digest, BY)
        return kept.key_id

    def kept(self) -> int:
        """How many are in the database."""
        with closing(open_database(self.path, lambda: START_S)) as database:
            return len(waiting(database, 0))

    def told(self) -> list[tuple[str, object]]:
        """Action and key of all that was handed in."""
        return [(event.action, event.details["keyId"]) for event, _ in self.audit.events]

    def test_before_and_while_it_runs(self) -> None:
        """Each once, in order; then they are forgotten."""
        first = self.issue()
        self.diary.start()
        self.settle()
        second = self.issue()
        self.look()
        self.assertEqual(self.told(), [("key.issue", first), ("key.issue", second)])
        self.look()
        self.look()
        self.assertEqual((len(self.audit.events), self.kept()), (2, 0))

    def test_what_is_told(self) -> None:
        """Who, what and when; no name, and nothing of the key but its id."""
        key_id = self.issue()
        self.diary.start()
        self.settle()
        ((event, caller),) = self.audit.events
        self.assertIsNone(caller)
        details = dict(event.details)
        self.assertIsInstance(details.pop("clinicId"), str)
        told = {"keyId": key_id, "role": "physician", "at": "2027-01-15T08:00:00.000Z", "uid": 991, "sudoUid": 1000}
        self.assertEqual(details, {**told, "eventNumber": 1})
        self.assertEqual((event.resource, event.outcome), ("user", "ok"))

    def test_the_log_cannot_be_written(self) -> None:
        """They stay in the database until it can, and are not handed in twice by this daemon."""
        self.issue()
        self.audit.reasons = ["The disk is full"]
        self.diary.start()
        self.settle()
        self.look()
        self.assertEqual((len(self.audit.events), self.kept()), (1, 1))
        self.audit.reasons = []
        self.look()
        self.assertEqual((len(self.audit.events), self.kept()), (1, 0))

    def test_the_daemon_ends_in_between(self) -> None:
        """The next one hands them in once more, with the same number."""
        self.issue()
        numbers: list[AuditEvent] = []
        for _ in range(2):
            diary = KeyDiary(self.reactor, self.store, self.audit)
            diary.start()
            self.settle()
            self.successResultOf(diary.stop())
            numbers.append(self.audit.events[-1][0])
        self.assertEqual([event.details["eventNumber"] for event in numbers], [1, 1])
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_the_database_does_not_answer(self) -> None:
        """It is asked again at the next look; nothing is lost meanwhile."""
        key_id = self.issue()
        stopped = self.store.stop()
        self.settle()
        self.successResultOf(stopped)
        self.diary.start()
        self.settle()
        self.assertEqual(self.told(), [])
        # Nobody asks about it as long as there is no daemon; this one goes on asking.
        self.assertEqual(len(self.reactor.getDelayedCalls()), 1)
        self.successResultOf(self.diary.stop())
        self.assertEqual((self.kept(), len(key_id)), (1, 8))
