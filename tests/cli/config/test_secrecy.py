"""Tests of alie.cli.config.secrecy: what sounds like a secret is one."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import config
from alie.cli.config.secrecy import is_secret, without_user
from alie.settings import Settings


class SecretTests(SynchronousTestCase):
    """Names."""

    def test_all_that_the_daemon_knows(self) -> None:
        """A new setting that sounds like a secret is hidden until somebody says here that it is none."""
        settings = Settings({})
        config.read_settings(settings)
        self.assertEqual(
            {name for name in (*settings.known, *config.IGNORED, *config.OF_THE_COMMAND) if is_secret(name)},
            {
                "ALIE_METRICS_TOKEN",
                "ALIE_TOKEN",
                "DATABASE_URL",
                "JWT_SECRET",
                "OPENAI_API_KEY",
                "SUPABASE_ANON_KEY",
                "SUPABASE_JWT_SECRET",
                "SUPABASE_SERVICE_ROLE_KEY",
                "WS_JWT_SECRET",
            },
        )

    def test_those_of_amazon(self) -> None:
        """Keys are, names of files and profiles are not."""
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            self.assertTrue(is_secret(name), name)
        for name in ("AWS_PROFILE", "AWS_REGION", "AWS_CA_BUNDLE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
            self.assertFalse(is_secret(name), name)

    def test_users_in_urls(self) -> None:
        """Their names and passwords are left out, wherever the URL stands."""
        self.assertEqual(without_user("x https://a:b@h/p,ws://c@i"), "x https://…@h/p,ws://…@i")
        self.assertEqual(without_user("https://h/p?q=a@b"), "https://h/p?q=a@b")
