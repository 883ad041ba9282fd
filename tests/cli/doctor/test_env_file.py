"""Tests of alie.cli.doctor.env_file: who may read it, what nobody reads, what systemd reads otherwise, placeholders."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import config
from alie.cli.config.reading import Given
from alie.cli.doctor.env_file import differences, guarded, is_placeholder, look, names, secrets
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM
from alie.cli.doctor.place import Place, place
from alie.config import Config
from alie.settings import Settings
from tests.cli.files import folder_for
from tests.test_config import OLD_GUIDE


def known() -> set[str]:
    """Names that the daemon knows."""
    settings = Settings({})
    config.read_settings(settings)
    return {*settings.known, *config.IGNORED}


class GuardedTests(SynchronousTestCase):
    """Mode and owner."""

    def test_its_owners_only(self) -> None:
        """Root's or the daemon's: systemd reads it as root."""
        for owner in ("root", "alie"):
            self.assertEqual(guarded("/f", 0o600, owner, {"root", "alie"}).state, OK)

    def test_others_can_read_it(self) -> None:
        """Group or all."""
        for mode in (0o644, 0o640, 0o604, 0o622):
            found = guarded("/f", mode, "alie", {"root", "alie"})
            self.assertEqual((found.state, found.advice), (PROBLEM, "chmod 600 /f"))

    def test_somebody_elses(self) -> None:
        """Is told with whom it should belong to."""
        found = guarded("/f", 0o600, "ec2-user", {"root", "alie"})
        self.assertEqual(found.state, NOTE)
        self.assertIn("chown alie /f", found.advice)

    def test_the_real_one(self) -> None:
        """Is looked at as it lies there."""
        path = folder_for(self) / "env"
        path.write_text("PORT=1 # mine\n")
        path.chmod(0o604)
        where = Place(Given({}, {"PORT": "1"}, str(path)), Config(), env_file=str(path))
        self.assertEqual([found.state for found in look(where)], [PROBLEM, PROBLEM])
        self.assertEqual([found.state for found in look(Place(Given({}), Config()))], [NOT_LOOKED_AT])


class NamesTests(SynchronousTestCase):
    """Names that nobody reads."""

    def test_the_old_backends_file(self) -> None:
        """Has none."""
        self.assertEqual(list(names(OLD_GUIDE, known())), [])

    def test_misspelt(self) -> None:
        """Each is told with what was meant, also where it is Amazon's."""
        for wrong, right in (
            ("CORS_ALLOWED_ORIGIN", "CORS_ALLOWED_ORIGINS"),
            ("SUPABASE_ANNON_KEY", "SUPABASE_ANON_KEY"),
            ("AWS_SECRET_ACCES_KEY", "AWS_SECRET_ACCESS_KEY"),
        ):
            (found,) = names([wrong], known())
            self.assertEqual((found.state, found.advice), (PROBLEM, f"did you mean {right}?"))

    def test_not_misspelt(self) -> None:
        """Where the right one is there, too, it is somebody else's; and so is what resembles nothing."""
        (found,) = names(["PORT", "PORTS", "NODE_ENV", "AWS_FOO"], known())
        self.assertEqual(found.state, NOTE)
        self.assertIn("NODE_ENV, PORTS", found.detail)


class DifferencesTests(SynchronousTestCase):
    """Lines that systemd reads otherwise."""

    def test_a_remark_behind_a_value(self) -> None:
        """Is part of the value, unless that is quoted; the value is not told."""
        text = "# A=1 # x\nPORT=3001 # the port\nHOST='::1' # here\nKEY=a#b\nWS_JWT_SECRET=canary # x\n"
        found = list(differences(text))
        self.assertEqual([(one.state, one.detail[:6]) for one in found], [(PROBLEM, "line 2"), (PROBLEM, "line 5")])
        self.assertNotIn("canary", repr(found))

    def test_export(self) -> None:
        """Such lines are passed over."""
        (found,) = differences("export PORT=3001\n")
        self.assertEqual((found.state, found.advice), (NOTE, "write PORT=..."))


class SecretsTests(SynchronousTestCase):
    """Placeholders."""

    def test_placeholders(self) -> None:
        """As people leave them there."""
        for text in (
            "...",
            "<your key>",
            "your-secret-here",
            "changeme",
            "changeme-changeme",
            "xxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "TODO",
            "0000000000000000",
            "replace_me",
            "${SECRET}",
        ):
            self.assertTrue(is_placeholder(text), text)

    def test_real_ones(self) -> None:
        """As programs make them."""
        for text in (
            "AKIA2XK4QJ7WZPLM3N5T",
            "8b1a9953c4611296a827abf8c47804d7",
            "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2ln",
            "sb_publishable_4f0RkQ2m",
            "correct horse battery staple",
        ):
            self.assertFalse(is_placeholder(text), text)

    def test_which(self) -> None:
        """By name; what others have in the environment is not ours."""
        found = list(
            secrets(place(Given({"GITHUB_TOKEN": "...", "AWS_SESSION_TOKEN": "..."}, {"WS_JWT_SECRET": "x" * 20})))
        )
        self.assertEqual([one.detail.split()[0] for one in found], ["AWS_SESSION_TOKEN", "WS_JWT_SECRET"])
        self.assertEqual([one.state for one in secrets(place(Given({})))], [OK])
