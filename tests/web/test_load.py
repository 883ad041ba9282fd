"""Tests of the daemon under load, over the wire: who is refused and how, who is told, who is not read."""

from __future__ import annotations

from typing import Any

from alie.budget import Budget
from alie.parts import Parts
from tests.support.driving import partial
from tests.support.memory_web import UPGRADE, Connection, WebCase, request


class LoadCase(WebCase):
    """A daemon that looks at its load; its reactor is as late, and as busy, as the test says."""

    def build(self, parts: Parts | None = None, **settings: str) -> None:
        """Looks from the beginning."""
        super().build(parts, **settings)
        self.delay_s, self.busy, self.cpu_s = 0.0, 0.0, 0.0
        watch = self.service.load
        watch._lateness = lambda: self.delay_s
        watch._cpu = lambda: self.cpu_s
        watch.start()
        self.addCleanup(watch.stop)

    def climb(self, *, delay_s: float = 0.0, busy: float = 0.0) -> None:
        """As far as that leads."""
        self.delay_s = delay_s
        for _ in range(18):
            self.cpu_s += busy
            self.clock.advance(1)

    def health(self) -> tuple[int, list[str], list[str]]:
        """What `/readyz` says to the operator."""
        body = self.ask("/readyz")
        return body.status, body.json()["reasons"], body.json()["notes"]

    def metrics(self) -> str:
        """For a scraper."""
        return self.ask("/metrics").body.decode()


class RefusalTests(LoadCase):
    """Cheap, polite, and not for those who are there already."""

    def test_a_new_dictation(self) -> None:
        """CAPACITY, retryable; the engine is not asked. Those under way go on, and balancers go elsewhere."""
        first, second = self.dictate(), self.connect()
        self.climb(busy=0.99)
        self.engine.events.clear()
        second.start()
        *_, told, closing = second.frames()
        self.assertEqual((told.message["code"], told.message["retryable"], closing.close[0]), ("CAPACITY", True, 1013))
        self.assertEqual(told.message["retryAfterSeconds"], 10)
        self.assertEqual(self.engine.events, [])
        first.speak()
        self.assertEqual(self.engine.events, ["feed"])
        self.assertEqual(self.health()[:2], (503, ["Overloaded (refusing): the reactor is busy for 99% of the time"]))
        self.assertIn("alie_load_step 2.0", self.metrics())

    def test_a_new_socket(self) -> None:
        """503 in JSON before the upgrade, with Retry-After, and the connection may be used on."""
        self.climb(delay_s=2)
        connection = Connection(self.site)
        connection.send(request("/ws", headers=UPGRADE))
        response = connection.response()
        self.assertEqual((response.status, response.json()["code"]), (503, "CAPACITY"))
        self.assertEqual(response.header("Retry-After"), "10")
        connection.send(request("/health"))
        self.assertEqual(connection.response().status, 200)

    def test_whoever_comes_back(self) -> None:
        """To a session that waits for them: neither step is in the way."""
        first = self.connect()
        first.start(resume=True, ack=True)
        (ready,) = first.messages()
        first.speak()
        first.transport.loseConnection()
        self.climb(delay_s=2)
        self.engine.stream.tell(partial(text="still there"))
        again = self.connect()
        again.say("resume_transcription", sessionId=ready["sessionId"], resumeToken=ready["resumeToken"], lastSeq=0)
        self.assertEqual([one["type"] for one in again.messages()][-1], "stream_resumed")


class SparingTests(LoadCase):
    """Fewer partials."""

    def test_told(self) -> None:
        """In a note: dictations are served."""
        connection = self.dictate()
        self.climb(busy=0.9)
        self.engine.stream.tell(partial(text="a"), partial(text="ab"))
        self.assertEqual([one["text"] for one in connection.messages()], ["a"])
        status, reasons, notes = self.health()
        self.assertEqual((status, reasons), (200, []))
        self.assertIn("Fewer partials are sent: the reactor is busy for 90% of the time", notes)


class MemoryTests(LoadCase):
    """Too much is held for all together."""

    def dictate_behind(self, settled_s: float) -> tuple[Connection, Any]:
        """A dictation of a second, of which so much is final."""
        before = list(self.engine.streams)
        connection = self.dictate()
        connection.speak(bytes(32_000 - 8192))
        (stream,) = [one for one in self.engine.streams if one not in before]
        stream.settled_s = settled_s
        return connection, stream

    def test_the_greediest_is_not_read(self) -> None:
        """Until the engine has heard enough of it; the others are."""
        self.service.load._budget = Budget(40_000)
        greedy, stream = self.dictate_behind(0.0)
        modest, _ = self.dictate_behind(0.7)
        self.clock.advance(1)
        states = [one.transport.producerState for one in (greedy, modest)]
        self.assertEqual(states, ["paused", "producing"])
        self.assertIn("alie_sessions_unread 1.0", self.metrics())
        late = self.connect()
        late.start()
        self.assertEqual(late.messages()[0]["code"], "CAPACITY")
        stream.settled_s = 1.0
        self.clock.advance(1)
        self.assertEqual(greedy.transport.producerState, "producing")
