"""Tests of alie.inquiries and alie.records through the performer: every question has one answer, whatever fails."""

from __future__ import annotations

from twisted.logger import capturedLogs

from alie import events as on
from alie.errors import AuthExpired, RetentionOff
from alie.limits import Limits
from alie.performer import Performer
from alie.principal import Caller
from alie.session import Session, State
from alie.speech import EngineFacts
from alie.standing import TICKET, Standing
from alie.surroundings import Surroundings
from tests.support.driving import FRAME, SESSION_ID, final
from tests.support.proofs import ANNE, BERNARD, MemoryAudit, MemoryAuthenticator, MemoryExporter, person
from tests.test_performer import START, STOP, PerformerCase

TOKEN = START.replace(b"}", b',"token":"anne"}')
WALL = 1_790_000_000.0


class InquiryCase(PerformerCase):
    """A performer among surroundings that are kept in memory."""

    def setUp(self) -> None:
        super().setUp()
        self.authenticator = MemoryAuthenticator(
            anne=person(ANNE, expires_at=WALL + 3600), bernard=person(BERNARD), key=person(ANNE, way="key")
        )
        self.audit = MemoryAudit()
        self.exporter = MemoryExporter()
        self.build()

    def build(self, caller: Caller | None = None, facts: EngineFacts | None = None) -> None:
        """A session that owes proof, or whose door let somebody in."""
        standing = Standing(is_owed=True, caller=caller, way=TICKET if caller else "none")
        facts = facts or EngineFacts("embedded")
        self.session = Session(SESSION_ID, facts, self.admission, Limits(), standing=standing, can_export=True)
        around = Surroundings(
            self.authenticator, self.audit, self.exporter, "192.0.2.7", "Ways in: two.", wall=lambda: WALL
        )
        self.performer = Performer(self.session, self.engine, self.socket, self.clock, self.metrics, around)
        self.performer.open()
        self.events.clear()

    def say(self, *texts: bytes) -> None:
        """The client sends messages."""
        for text in texts:
            self.performer.receive(on.Text(text))


class VerifyTests(InquiryCase):
    """Tokens go to the authenticator, and what it says comes back."""

    def test_at_once(self) -> None:
        """The socket is not read meanwhile."""
        self.say(TOKEN)
        self.assertEqual(self.events, ["pause", "stream_ready", "resume"])

    def test_later(self) -> None:
        """Nothing is done before."""
        self.authenticator.is_slow = True
        self.say(TOKEN)
        self.performer.receive(on.Audio(FRAME))
        self.assertEqual((self.events, self.engine.streams), (["pause"], []))
        self.authenticator.answer()
        self.assertEqual(self.events, ["pause", "stream_ready", "open", "feed", "resume"])

    def test_the_lifetime_is_by_the_wall_clock(self) -> None:
        """And counts on the session's."""
        self.say(TOKEN)
        for _ in range(58):
            self.clock.advance(60)
            self.performer.receive(on.Audio(FRAME))
        self.assertEqual([one for one in self.socket.messages if one["type"] == "auth_expiring"], [
            {"type": "auth_expiring", "expiresInSeconds": 120}
        ])  # fmt: skip

    def test_refused(self) -> None:
        """By its own error."""
        self.authenticator.failure = AuthExpired()
        self.say(TOKEN)
        self.assertEqual(self.events, ["pause", "transcription_error", "close 1008"])
        self.assertEqual(self.socket.messages[-1]["code"], "AUTH_EXPIRED")

    def test_an_authenticator_that_crashes(self) -> None:
        """Ends this session without its cause, which may quote the token."""
        self.authenticator.failure = ValueError("anne's token is eyJ")
        with capturedLogs() as logs:
            self.say(TOKEN)
        self.assertEqual(self.events, ["pause", "transcription_error", "close 1011"])
        self.assertNotIn("eyJ", repr(logs) + repr(self.socket.messages))
        self.assertIn("ValueError", repr(logs))

    def test_an_answer_after_the_end(self) -> None:
        """Starts nothing, and nobody is watched."""
        self.authenticator.is_slow = True
        self.say(TOKEN)
        self.performer.receive(on.Lost())
        self.authenticator.answer()
        self.assertEqual((self.events, self.authenticator.watched, self.admission.taken), (["pause"], [], 0))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_no_answer(self) -> None:
        """The session has its own patience, and the late answer is dropped."""
        self.authenticator.is_slow = True
        self.say(TOKEN)
        self.clock.advance(15)
        self.assertEqual(self.events, ["pause", "transcription_error", "close 1011"])
        self.authenticator.answer()
        self.assertIs(self.session.state, State.ENDED)

    def test_renewal(self) -> None:
        """While audio flows."""
        self.say(TOKEN)
        self.events.clear()
        self.authenticator.is_slow = True
        self.say(b'{"type":"authenticate","token":"key"}')
        self.performer.receive(on.Audio(FRAME))
        self.authenticator.answer()
        self.assertEqual(self.events, ["open", "feed", "authenticated"])
        self.assertIsNone(self.socket.messages[-1]["expiresAt"])


class WatchTests(InquiryCase):
    """Access is watched from the first proof to the end, once."""

    def test_from_proof_to_end(self) -> None:
        """Whoever proved it last."""
        self.say(TOKEN)
        self.assertEqual(self.authenticator.watched, [ANNE])
        self.say(b'{"type":"authenticate","token":"key"}')
        self.assertEqual(self.authenticator.watched, [ANNE])
        self.say(STOP)
        self.assertEqual(self.authenticator.watched, [])

    def test_whom_the_door_let_in(self) -> None:
        """From the opening."""
        self.build(person(BERNARD))
        self.assertEqual(self.authenticator.watched, [BERNARD])
        self.performer.receive(on.Lost())
        self.assertEqual(self.authenticator.watched, [])

    def test_revoked(self) -> None:
        """The engine is dropped, the client told, and it is recorded."""
        self.say(TOKEN)
        self.performer.receive(on.Audio(FRAME))
        self.events.clear()
        self.authenticator.revoke(ANNE)
        self.assertEqual(self.events, ["transcription_error", "close 1008", "abort"])
        self.assertEqual(self.socket.messages[-1]["error"], "Access was revoked")
        self.assertEqual(len(self.audit.of("session.revoke")), 1)

    def test_a_ticket_that_counts_no_more(self) -> None:
        """Recorded as its bearer's; what becomes of one while another's token is looked at is nobody's session."""
        self.build(person(BERNARD))
        self.authenticator.revoke(BERNARD)
        self.assertEqual((self.events, len(self.audit.of("session.revoke"))), ([], 1))
        self.build(person(BERNARD))
        self.authenticator.is_slow = True
        self.say(TOKEN)
        self.authenticator.revoke(BERNARD)
        self.assertEqual((self.events, len(self.audit.of("session.revoke"))), (["pause"], 1))

    def test_revoked_within_the_asking(self) -> None:
        """An authenticator may know it at once."""
        self.authenticator.watch = self.revoke_at_once  # type: ignore[method-assign,assignment]
        self.say(TOKEN)
        self.assertEqual(self.events, ["pause", "stream_ready", "resume", "transcription_error", "close 1008"])

    def revoke_at_once(self, caller: Caller, end: object) -> object:
        """Tells it before there is a watch."""
        assert callable(end)
        end()
        return lambda: None

    def test_an_authenticator_that_cannot_watch(self) -> None:
        """Nobody speaks whose access cannot be seen to end."""
        self.authenticator.watch = None  # type: ignore[method-assign,assignment]
        self.say(TOKEN)
        self.assertEqual(self.events[-2:], ["transcription_error", "close 1011"])
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 1)


class ExportTests(InquiryCase):
    """Texts go to the exporter, links come back."""

    def dictated(self) -> None:
        """A final was told."""
        self.say(TOKEN)
        self.performer.receive(on.Audio(FRAME))
        self.engine.stream.tell(final(text="Toux."))
        self.events.clear()

    def test_link(self) -> None:
        """With its end; recorded without either."""
        self.dictated()
        self.say(b'{"type":"cmd.export"}')
        self.assertEqual(self.exporter.texts, [(ANNE, SESSION_ID, "Toux.")])
        self.assertEqual(self.socket.messages[-1]["url"], "https://s3.example/1")
        ((event, caller),) = [one for one in self.audit.events if one[0].action == "export.write"]
        self.assertEqual((event.outcome, caller), ("ok", self.session.standing.caller))
        self.assertNotIn("s3.example", repr(event))

    def test_failures(self) -> None:
        """The session goes on."""
        for failure, code in ((RetentionOff("No"), "RETENTION_OFF"), (ValueError("Toux."), "INTERNAL")):
            self.exporter.failure = failure
            self.dictated() if not self.engine.streams else None
            with capturedLogs() as logs:
                self.say(b'{"type":"cmd.export"}')
            self.assertEqual((self.socket.messages[-1]["ok"], self.socket.messages[-1]["code"]), (False, code))
            self.assertNotIn("Toux", repr(logs))
            self.assertEqual(self.audit.of("export.write")[-1].outcome, code)
        self.assertIs(self.session.state, State.STARTED)

    def test_a_link_after_the_end(self) -> None:
        """Is recorded, and told to nobody."""
        self.dictated()
        self.exporter.is_slow = True
        self.say(b'{"type":"cmd.export"}')
        self.performer.receive(on.Lost())
        self.exporter.answer()
        self.assertEqual(self.events, ["abort"])
        self.assertEqual(len(self.audit.of("export.write")), 1)


class AuditTests(InquiryCase):
    """Who dictated, when and how it ended; who was refused. Never what was said."""

    def test_a_dictation(self) -> None:
        """Its begin and its end, with all that a privacy officer asks for."""
        self.say(TOKEN)
        self.performer.receive(on.Audio(FRAME))
        self.engine.stream.tell(final(text="Métoprolol."))
        self.clock.advance(2)
        self.say(STOP)
        (start, who), (end, still) = self.audit.events
        assert who is not None
        self.assertEqual((who.principal.user_id, still), (ANNE, who))
        self.assertEqual((start.action, start.session_id, start.address), ("dictation.start", SESSION_ID, "192.0.2.7"))
        self.assertEqual(
            start.details,
            {"way": "message", "languageCode": "en-US", "engine": "embedded", "mode": "smart_dictation"},
        )
        self.assertEqual((end.action, end.outcome), ("dictation.end", "complete"))
        self.assertEqual(
            end.details,
            {
                "outcome": "complete",
                "way": "message",
                "languageCode": "en-US",
                "audioSeconds": 0.256,
                "audioBytes": 8192,
                "durationSeconds": 2.0,
                "finals": 1,
                "lostSeconds": 0.0,
                "engine": "embedded",
                "region": None,
            },
        )
        self.assertNotIn("toprolol", repr(self.audit.events))

    def test_the_engines_that_listened(self) -> None:
        """And the region that audio went to, where it went anywhere."""
        facts = EngineFacts("amazon", region="ca-central-1")
        self.build(facts=facts)
        self.say(TOKEN)
        self.performer.receive(on.Audio(FRAME))
        self.engine.stream.status("failed_over", "embedded")
        self.say(STOP)
        details = self.audit.of("dictation.end")[0].details
        self.assertEqual((details["engine"], details["region"]), ("amazon,embedded", "ca-central-1"))

    def test_a_refusal(self) -> None:
        """With its code and how the proof came; by nobody."""
        self.say(TOKEN.replace(b"anne", b"eyJ.x"))
        ((event, caller),) = self.audit.events
        self.assertEqual((event.action, event.outcome, event.address), ("auth.refuse", "AUTH_INVALID", "192.0.2.7"))
        self.assertEqual((event.details, caller), ({"code": "AUTH_INVALID", "way": "message"}, None))
        self.assertNotIn("eyJ", repr(event))

    def test_no_proof_at_all(self) -> None:
        """The journal says which ways there are."""
        with capturedLogs() as logs:
            self.clock.advance(10)
        (line,) = [log for log in logs if "refused" in log["log_format"]]
        self.assertEqual((line["code"], line["way"], line["ways_in"]), ("AUTH_REQUIRED", "none", "Ways in: two."))
        self.assertEqual(self.audit.events[0][0].outcome, "AUTH_REQUIRED")

    def test_nothing_of_a_socket_that_leaves(self) -> None:
        """It neither dictated nor was it refused."""
        self.performer.receive(on.Lost())
        self.assertEqual(self.audit.events, [])
