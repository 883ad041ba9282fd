"""Tests of alie.config: from environment names to one frozen Config, or to every complaint at once."""

from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie import config
from alie.config import Config, ConfigError

OLD_GUIDE = {
    "HOST": "0.0.0.0",
    "PORT": "3001",
    "CORS_ALLOWED_ORIGINS": "https://azure-production.d1deo9tihdnt50.amplifyapp.com",
    "PUBLIC_WS_URL": "wss://api.alie.app",
    "USE_WSS": "true",
    "SUPABASE_URL": "https://abcdefgh.supabase.co",
    "SUPABASE_ANON_KEY": "eyJhbGciOiJIUzI1NiJ9.anon.key",
    "AWS_REGION": "ca-central-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}


def complaints(**values: str) -> list[str]:
    """What is complained of."""
    try:
        config.read(values)
    except ConfigError as error:
        return str(error).splitlines()
    return []


class DefaultTests(SynchronousTestCase):
    """Without any setting there is a daemon that only this machine can reach."""

    def test_nothing_set(self) -> None:
        """The defaults of Config, flags for pages included."""
        found = config.read({})
        self.assertEqual(found, dataclasses.replace(Config(), page_flags=found.page_flags))
        self.assertEqual((found.host, found.port, found.access.is_token_owed), ("127.0.0.1", 3001, False))
        self.assertEqual(
            found.page_flags,
            {
                "universalCleanupEnabled": False,
                "universalCleanupShadow": False,
                "enableOutputLanguageSelection": True,
                "cnesstSectionsDefaultOutput": "fr",
                "allowNonFrenchOutput": True,
            },
        )

    def test_empty_is_not_set(self) -> None:
        """A .env may name what it does not set."""
        self.assertEqual(config.read({"PORT": "", "HOST": " ", "ALIE_MODEL_DIR": ""}), config.read({}))

    def test_other_names_are_left_alone(self) -> None:
        """The environment has many."""
        self.assertEqual(complaints(PATH="/bin", HOME="/root", NODE_ENV="production", RATE_LIMIT_ENABLED="false"), [])


class OldGuideTests(SynchronousTestCase):
    """The .env of the deployment that Alie replaces works as it is."""

    def test_as_it_is(self) -> None:
        """Every value lands where it belongs."""
        found = config.read(OLD_GUIDE)
        self.assertEqual((found.host, found.port, found.region), ("0.0.0.0", 3001, "ca-central-1"))
        self.assertEqual(found.allowed_origins, ("https://azure-production.d1deo9tihdnt50.amplifyapp.com",))
        self.assertEqual((found.public_ws_url, found.use_wss), ("wss://api.alie.app", True))
        self.assertEqual(found.hosts, ("api.alie.app",))

    def test_supabase_turns_authentication_on(self) -> None:
        """Unless it is turned off by name."""
        found = config.read(OLD_GUIDE)
        self.assertEqual((found.access.is_token_owed, found.access.is_rest_token_owed), (True, True))
        found = config.read({**OLD_GUIDE, "HOST": "127.0.0.1", "WS_REQUIRE_AUTH": "false"})
        self.assertEqual((found.access.is_token_owed, found.access.is_rest_token_owed), (False, True))

    def test_names_without_effect_are_noted(self) -> None:
        """The operator is told, and nothing stops."""
        found = config.read(
            {
                **OLD_GUIDE,
                "SUPABASE_SERVICE_ROLE_KEY": "k" * 40,
                "DATABASE_URL": "postgres://u:p@h/d",
                "AUTH_VERIFY_STRATEGY": "jwks",
            }
        )
        self.assertEqual(len(found.notes), 3)
        self.assertFalse([note for note in found.notes if "postgres" in note or "kkk" in note])


class LoopbackRuleTests(SynchronousTestCase):
    """Nobody opens a microphone service to the network by accident."""

    def test_open_host_without_authentication(self) -> None:
        """It says what to do."""
        for host in ("0.0.0.0", "::", "10.0.0.5", "203.0.113.9"):
            (complaint,) = complaints(HOST=host)
            self.assertIn("HOST", complaint)
            self.assertIn("ALIE_INSECURE=1", complaint)

    def test_loopback_needs_nothing(self) -> None:
        """In any spelling."""
        for host in ("127.0.0.1", "localhost", "::1", "127.0.0.2"):
            self.assertEqual(complaints(HOST=host), [])

    def test_insecure_by_name_or_authenticated(self) -> None:
        """Said, or safe."""
        self.assertEqual(complaints(HOST="0.0.0.0", ALIE_INSECURE="1"), [])
        self.assertEqual(complaints(HOST="0.0.0.0", WS_REQUIRE_AUTH="true"), [])
        self.assertEqual(len(complaints(HOST="0.0.0.0", ALIE_INSECURE="0")), 1)
        self.assertEqual(len(complaints(HOST="0.0.0.0", AUTH_REQUIRED="true")), 1)
        self.assertEqual(
            len(complaints(HOST="0.0.0.0", SUPABASE_URL="https://a.supabase.co", WS_REQUIRE_AUTH="false")), 1
        )


class InstanceTests(SynchronousTestCase):
    """What one of several daemons is called."""

    def test_names(self) -> None:
        """As systemd numbers its instances, or in words; nothing that means something in a path."""
        for name in ("", "1", "22", "east_2", "a-b", "x" * 32):
            self.assertEqual(config.read({"ALIE_INSTANCE": name}).instance, name)
        for name in ("../1", "1/2", "a b", "-1", ".", "é", "a?b", "x" * 33):
            self.assertIn("ALIE_INSTANCE", complaints(ALIE_INSTANCE=name)[0], name)


class ComplaintTests(SynchronousTestCase):
    """All that is wrong is told at once, by name."""

    def test_a_second_factor_that_nobody_could_show(self) -> None:
        """Access keys are one factor: without Supabase nobody could come in."""
        (complaint,) = complaints(ALIE_REQUIRE_MFA="1")
        self.assertIn("needs SUPABASE_URL", complaint)
        self.assertEqual(complaints(ALIE_REQUIRE_MFA="1", SUPABASE_URL="https://abcdefgh.supabase.co"), [])

    def test_every_fault_at_once(self) -> None:
        """One line each."""
        found = complaints(
            PORT="http",
            HOST="0.0.0.0",
            CORS_ALLOWED_ORIGINS="https://app.example.ca/path",
            PUBLIC_WS_URL="https://api.alie.app",
            SUPABASE_URL="abc.supabase.co",
            ALIE_HOSTS="api.alie.app:443",
            ALIE_DRAIN_SECONDS="-1",
            ALIE_PAGE="perhaps",
            CNESST_SECTIONS_DEFAULT_OUTPUT="de",
            ALIE_MODELDIR="/models",
        )
        names = [line.split()[0] for line in found]
        self.assertEqual(
            sorted(names),
            [
                "ALIE_DRAIN_SECONDS",
                "ALIE_HOSTS",
                "ALIE_MODELDIR",
                "ALIE_PAGE",
                "CNESST_SECTIONS_DEFAULT_OUTPUT",
                "CORS_ALLOWED_ORIGINS",
                "HOST",
                "PORT",
                "PUBLIC_WS_URL",
                "SUPABASE_URL",
            ],
        )

    def test_unknown_name_with_a_suggestion(self) -> None:
        """Most likely a slip."""
        (complaint,) = complaints(ALIE_MODELDIR="/models")
        self.assertIn("did you mean ALIE_MODEL_DIR?", complaint)

    def test_slips_in_names_of_the_engine(self) -> None:
        """Among the complaints about all others."""
        found = complaints(PORT="http", ALIE_FAILOVR="off", ALIE_TRANSCRIBE_VOCABULARY="fr-CA=a", ALIE_ENGINE="azure")
        self.assertEqual(
            sorted(found),
            [
                "ALIE_ENGINE must be one of: auto, amazon, embedded",
                "ALIE_FAILOVR is not known; did you mean ALIE_FAILOVER?",
                "ALIE_TRANSCRIBE_VOCABULARY is not known; did you mean ALIE_TRANSCRIBE_VOCABULARIES?",
                "PORT must be a whole number from 0 to 65535",
            ],
        )

    def test_a_region_that_would_lead_elsewhere(self) -> None:
        """It becomes part of a host name."""
        for region in ("evil.example.com/", "ca-central-1.evil", "CA-CENTRAL-1", "ca central 1"):
            self.assertEqual(complaints(AWS_REGION=region), ["AWS_REGION must be a region such as ca-central-1"])

    def test_exports_that_would_go_elsewhere(self) -> None:
        """boto3 goes where its own names say; without a bucket nobody asks it."""
        for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
            for address, part in (
                ("https://s3.us-east-1.amazonaws.com", "us-east-1"),
                ("https://keeper.example", "ALIE_HOST_REGIONS"),
                ("keeper.example", f"{name} must be"),
            ):
                (complaint,) = complaints(ALIE_EXPORT_BUCKET="clinic-exports", **{name: address})
                self.assertIn(part, complaint)
                config.read({name: address})
            values = {"ALIE_EXPORT_BUCKET": "clinic-exports", name: "https://vpce-1.s3.ca-central-1.vpce.amazonaws.com"}
            found = config.destinations(config.read(values))
            self.assertIn("vpce-1.s3.ca-central-1.vpce.amazonaws.com", [one.host for one in found])

    def test_failover_that_has_nowhere_to_go(self) -> None:
        """A daemon that was asked to fail over and cannot does not start."""
        (complaint,) = complaints(ALIE_FAILOVER="region", AWS_REGION="ca-west-1", ALIE_ALLOWED_REGIONS="ca-west-1")
        self.assertTrue(complaint.startswith("ALIE_FAILOVER is region"))

    def test_names_of_the_command(self) -> None:
        """They may stand in the same environment."""
        self.assertEqual(complaints(ALIE_TOKEN="t"), [])

    def test_unknown_name_without_one(self) -> None:
        """Nothing near it."""
        self.assertEqual(complaints(ALIE_ZZZZZZ="1"), ["ALIE_ZZZZZZ is not known"])

    def test_secrets_are_never_told(self) -> None:
        """Whatever value stands under a wrong name or is malformed."""
        secret = "wJalrXUtnFEMI"
        names = (*OLD_GUIDE, "ALIE_SECRET", "ALIE_WORKERS", "ALIE_PAGE", "ALIE_INSECURE", "ALIE_HOSTS")
        for name in names:
            told = "\n".join(complaints(**{"HOST": "127.0.0.1", name: f"{secret} {secret}"}))
            if name != "HOST":
                self.assertNotIn(secret, told, name)

    def test_good_urls(self) -> None:
        """Supabase over https, or on this machine."""
        self.assertEqual(complaints(SUPABASE_URL="http://127.0.0.1:54321"), [])
        self.assertEqual(len(complaints(SUPABASE_URL="http://abc.supabase.co")), 1)
        self.assertEqual(len(complaints(SUPABASE_URL="https://[::1")), 1)
        self.assertEqual(len(complaints(PUBLIC_WS_URL="wss://")), 1)

    def test_wildcard_origins(self) -> None:
        """A whole first label, nothing else."""
        found = config.read({"CORS_ALLOWED_ORIGINS": "https://*.vercel.app, https://app.example.ca/"})
        self.assertEqual(found.allowed_origins, ("https://*.vercel.app", "https://app.example.ca"))
        for origin in ("*", "https://*", "https://a*.vercel.app", "null", "app.example.ca", "ftp://a.ca"):
            self.assertEqual(len(complaints(CORS_ALLOWED_ORIGINS=origin)), 1, origin)


class ValueTests(SynchronousTestCase):
    """What is set arrives."""

    def test_all_of_our_own(self) -> None:
        """Every ALIE_ name."""
        found = config.read(
            {
                "ALIE_HOSTS": "api.alie.app, b.example.ca",
                "ALIE_MODEL_DIR": "/models/base",
                "ALIE_WORKERS": "4",
                "ALIE_MAX_SESSIONS": "7",
                "ALIE_PAGE": "off",
                "ALIE_METRICS_TOKEN": "secret",
                "ALIE_START_SECONDS": "11",
                "ALIE_IDLE_SECONDS": "12",
                "ALIE_MAX_SESSION_SECONDS": "13",
                "ALIE_PING_SECONDS": "14",
                "ALIE_DRAIN_SECONDS": "15",
                "LOG_LEVEL": "warn",
                "ALIE_LOG_FORMAT": "json",
            }
        )
        self.assertEqual(found.hosts, ("api.alie.app", "b.example.ca"))
        self.assertEqual((found.model_dir, found.workers, found.max_sessions), ("/models/base", 4, 7))
        self.assertEqual((found.has_page, found.metrics_token), (False, "secret"))
        self.assertEqual((found.limits.start_s, found.limits.idle_s, found.limits.duration_s), (11, 12, 13))
        self.assertEqual((found.ping_s, found.drain_s), (14, 15))
        self.assertEqual((found.log.form, found.log.levels), ("json", (("", "warn"),)))

    def test_the_engine(self) -> None:
        """Its names are read with the others; the region is the daemon's."""
        found = config.read(
            {
                "AWS_REGION": "us-west-2",
                "ALIE_ALLOWED_REGIONS": "us-west-2",
                "ALIE_ENGINE": "amazon",
                "ALIE_FAILOVER": "region",
                "ALIE_FAILOVER_SECONDS": "5",
                "ALIE_TRANSCRIBE_PII": "identify",
            }
        ).engine
        self.assertEqual((found.engine, found.failover, found.failover_s), ("amazon", "region", 5))
        self.assertEqual((found.amazon.region, found.amazon.pii), ("us-west-2", "identify"))

    def test_wss_follows_the_public_url(self) -> None:
        """Unless it is said."""
        self.assertTrue(config.read({"PUBLIC_WS_URL": "wss://api.alie.app/ws"}).use_wss)
        self.assertFalse(config.read({"PUBLIC_WS_URL": "ws://localhost:3001"}).use_wss)
        self.assertFalse(config.read({"PUBLIC_WS_URL": "wss://api.alie.app", "USE_WSS": "false"}).use_wss)

    @given(st.dictionaries(st.sampled_from([*OLD_GUIDE, "ALIE_HOSTS", "ALIE_WORKERS", "ALIE_PAGE"]), st.text()))
    @settings(deadline=None, max_examples=150)
    def test_no_text_is_a_crash(self, values: dict[str, str]) -> None:
        """A Config or a ConfigError."""
        self.assertIsInstance(complaints(**values), list)
