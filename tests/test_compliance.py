"""Tests of alie.compliance: the statement says what the configuration means, and what only the clinic can vouch for."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie import config
from alie.compliance import Facts, as_text, statement

EMBEDDED = ("embedded", "It runs inside this daemon.")
AMAZON = ("amazon", "ALIE_ENGINE asks for it.")
SUPABASE = {
    "SUPABASE_URL": "https://abcdefgh.supabase.co",
    "SUPABASE_ANON_KEY": "anon-key-that-no-statement-tells",
    "SUPABASE_JWT_SECRET": "jwt-secret-that-no-statement-tells",
    "JWT_SECRET": "signing-secret-that-no-statement-tells",
    "ALIE_METRICS_TOKEN": "metrics-token-that-no-statement-tells",
    "AWS_SECRET_ACCESS_KEY": "aws-secret-that-no-statement-tells",
}


def stated(engine: tuple[str, str] = EMBEDDED, facts: dict[str, Any] | None = None, **settings: str) -> dict[str, Any]:
    """The statement of a daemon with these settings."""
    return statement(config.read({"ALIE_STATE_DIR": "/srv/alie", **settings}), Facts("T", engine, **facts or {}))


class DestinationTests(SynchronousTestCase):
    """Where things go."""

    def test_nowhere(self) -> None:
        """The embedded engine and the embedded store: nothing leaves, and the text says so."""
        found = stated()
        self.assertEqual(found["destinations"], [])
        self.assertIn("Nothing leaves this machine", as_text(found))
        self.assertNotIn("The providers named above", " ".join(found["attestations"]))

    def test_amazon(self) -> None:
        """Its host, and that of the failover, told by their names; with the province."""
        places = stated(AMAZON, ALIE_ENGINE="amazon", ALIE_FAILOVER="region")["destinations"]
        hosts = [
            "transcribestreaming.ca-central-1.amazonaws.com",
            "transcribestreaming-fips.ca-central-1.amazonaws.com",
        ]
        self.assertEqual([place["host"] for place in places], hosts)
        self.assertEqual({place["place"] for place in places}, {"ca-central-1 (Québec, Canada)"})
        self.assertEqual({place["known"] for place in places}, {"told by its name"})

    def test_audio_that_stays(self) -> None:
        """Where the engine that was chosen is the embedded one, Amazon hears nothing."""
        self.assertEqual(stated(EMBEDDED, ALIE_ENGINE="auto")["destinations"], [])

    def test_supabase(self) -> None:
        """Declared or not, where it is rests on the clinic's word, which is asked for."""
        for more, place, known in (
            ({}, "unknown", "declared by nobody"),
            (
                {"ALIE_HOST_REGIONS": "abcdefgh.supabase.co=ca-central-1"},
                "ca-central-1 (Québec, Canada)",
                "declared by the operator",
            ),
        ):
            found = stated(**SUPABASE, **more)
            self.assertEqual([(one["place"], one["known"]) for one in found["destinations"]], [(place, known)])
            word = f"abcdefgh.supabase.co (what users save) is in {place}: {known}"
            self.assertIn(word, found["attestations"])

    def test_exports(self) -> None:
        """S3 in the region, or where boto3 is told to go."""
        bucket = {"ALIE_EXPORT_BUCKET": "clinic-exports"}
        self.assertEqual([one["host"] for one in stated(**bucket)["destinations"]], ["s3.ca-central-1.amazonaws.com"])
        endpoint = "vpce-1.s3.ca-central-1.vpce.amazonaws.com"
        found = stated(**bucket, AWS_ENDPOINT_URL_S3=f"https://{endpoint}")
        self.assertEqual([one["host"] for one in found["destinations"]], [endpoint])


class AccessTests(SynchronousTestCase):
    """Who gets in."""

    def test_defaults(self) -> None:
        """Anybody on this machine; Supabase turns both on."""
        open_, closed = stated()["access"], stated(**SUPABASE)["access"]
        self.assertEqual((open_["dictationNeedsProof"], open_["restNeedsToken"]), (False, False))
        self.assertEqual((closed["dictationNeedsProof"], closed["restNeedsToken"]), (True, True))
        self.assertEqual(closed["provedBy"], "Supabase Auth at https://abcdefgh.supabase.co")
        self.assertEqual(open_["provedBy"], "access keys of this server")

    def test_what_weakens_it(self) -> None:
        """Is told among what the clinic signs for."""
        open_ = stated()["attestations"]
        trusting = stated(**SUPABASE, ALIE_WS_ORIGIN_TRUST="1", ALIE_WS_TOKEN_IN_URL="1")
        self.assertTrue(any("no proof is asked for" in line for line in open_))
        self.assertTrue(any("trusted by their origin alone" in line for line in trusting["attestations"]))
        self.assertEqual((trusting["access"]["originTrust"], trusting["access"]["tokenInUrl"]), (True, True))
        strict = " ".join(stated(**SUPABASE)["attestations"])
        self.assertNotIn("Whoever can reach this server", strict)

    def test_a_second_factor(self) -> None:
        """Whether one is demanded."""
        self.assertFalse(stated(**SUPABASE)["access"]["secondFactor"])
        self.assertTrue(stated(**SUPABASE, ALIE_REQUIRE_MFA="1")["access"]["secondFactor"])


class RetentionTests(SynchronousTestCase):
    """What is kept."""

    def kept(self, **settings: str) -> dict[str, str]:
        """How long, by what."""
        return {row["what"]: f"{row['where']}: {row['howLong']}" for row in stated(**settings)["retention"]}

    def test_always(self) -> None:
        """Audio and text in memory only; the store and the log where they are."""
        kept = self.kept()
        self.assertEqual(len(kept), 4)
        self.assertTrue(kept["audio"].startswith("memory of the daemon"))
        self.assertTrue(kept["text of a dictation"].startswith("memory of the daemon"))
        self.assertIn("30 s more", kept["text of a dictation"])
        self.assertNotIn("more", self.kept(ALIE_RESUME_SECONDS="0")["text of a dictation"])
        self.assertIn("/srv/alie", kept["what a user saves"])
        self.assertIn("/srv/alie/audit", kept["audit log, without content"])

    def test_what_is_switched_on(self) -> None:
        """Feedback and exports, and a store elsewhere."""
        kept = self.kept(**SUPABASE, FEATURE_FEEDBACK_SERVER_SYNC="1", ALIE_EXPORT_BUCKET="clinic-exports")
        self.assertIn("supabase.co", kept["what a user saves"])
        self.assertIn("ttl_days", kept["feedback"])
        self.assertIn("clinic-exports: 24 hours", kept["exports"])


class AttestationTests(SynchronousTestCase):
    """What no program can check."""

    def test_the_opt_out(self) -> None:
        """Is asked for where AWS does not say that it is in force, and only where audio goes there."""
        for opt_out, is_asked in ((None, False), (("ok", "opted out"), False), (("unknown", "may not be read"), True)):
            found = stated(AMAZON if opt_out else EMBEDDED, {"opt_out": opt_out}, ALIE_ENGINE="auto")
            self.assertEqual(any("opted out" in line for line in found["attestations"]), is_asked, opt_out)
        self.assertEqual(found["optOut"], {"state": "unknown", "detail": "may not be read"})

    def test_what_docs_promise(self) -> None:
        """Each of what docs/compliance.md says is listed."""
        found = " ".join(stated(AMAZON, ALIE_ENGINE="amazon")["attestations"])
        for part in ("Cloudflare", "disk and its backups", "privacy impact assessment", "A human reads every note"):
            self.assertIn(part, found)


class CanaryTests(SynchronousTestCase):
    """The last canary run."""

    def test_in_words(self) -> None:
        """Never; clean; clean as far as it could look; found."""
        for report, words in (
            (None, "never: run `alie audit canary`"),
            ({"ranAt": "T1", "ok": True, "complete": True}, "T1: nothing was found"),
            ({"ranAt": "T1", "ok": True, "complete": False}, "T1: nothing was found, and not all could be searched"),
            ({"ranAt": "T1", "ok": False, "complete": True}, "T1: SOMETHING WAS FOUND"),
            ({"ok": "yes"}, "None: SOMETHING WAS FOUND, and not all could be searched"),
        ):
            lines = as_text(stated(facts={"canary": report})).splitlines()
            self.assertEqual(lines[lines.index("Last canary run") + 1].strip(), words)


class SecretTests(SynchronousTestCase):
    """A statement is shown to strangers."""

    def test_nothing_secret(self) -> None:
        """No key, no token, whatever is set; and all of it is JSON."""
        found = stated(AMAZON, **SUPABASE, ALIE_ENGINE="amazon")
        for text in (json.dumps(found), as_text(found)):
            self.assertNotIn("that-no-statement-tells", text)
