"""Tests of alie.cli.config.showing and reading: each setting, what it amounts to, and where that comes from."""

from __future__ import annotations

import dataclasses

from twisted.trial.unittest import SynchronousTestCase

from alie import config
from alie.cli.config.reading import CREDENTIALS, DEFAULT, ENVIRONMENT, FILE, UNIT, Given, given
from alie.cli.config.showing import HIDDEN, NO_EFFECT, REFUSED, Row, rows
from alie.settings import Settings
from tests.cli.files import folder_for

SECRET = "canary-that-nobody-may-see"


def listed(found: Given) -> dict[str, Row]:
    """Rows by name."""
    settings = Settings(found.values)
    config.examine(settings)
    return {row.name: row for row in rows(settings, found)}


class SourceTests(SynchronousTestCase):
    """The environment wins over the file, and that over the default."""

    def test_each(self) -> None:
        """Also where a name is set twice, or to nothing: then the file is hidden, as it is from the daemon."""
        found = listed(Given({"PORT": "1", "HOST": " "}, {"PORT": "2", "HOST": "::1", "ALIE_WORKERS": "3"}))
        self.assertEqual(found["PORT"], Row("PORT", "1", ENVIRONMENT))
        self.assertEqual(found["HOST"], Row("HOST", "127.0.0.1", DEFAULT))
        self.assertEqual(found["ALIE_WORKERS"], Row("ALIE_WORKERS", "3", FILE))
        self.assertEqual(found["ALIE_MAX_SESSIONS"], Row("ALIE_MAX_SESSIONS", "0", DEFAULT))

    def test_a_credential(self) -> None:
        """Of systemd: below the environment, above the file; and what the unit sets is below both."""
        folder = folder_for(self)
        (folder / "alie.env").write_text("PORT=2\nHOST=::2\nWS_JWT_SECRET=canary\n")
        file = folder / "file"
        file.write_text("PORT=3\nALIE_PAGE=off\n")
        environ = {"HOST": "::1", "CREDENTIALS_DIRECTORY": str(folder)}
        found = listed(given(environ, str(file), {"PORT": "4", "ALIE_PAGE": "on", "ALIE_INSTANCE": "4"}))
        names = ("HOST", "PORT", "ALIE_PAGE", "ALIE_INSTANCE", "WS_JWT_SECRET")
        told = [(found[name].value, found[name].source) for name in names]
        expected = [("::1", ENVIRONMENT), ("2", CREDENTIALS), ("false", FILE), ("4", UNIT), (HIDDEN, CREDENTIALS)]
        self.assertEqual(told, expected)

    def test_a_file(self) -> None:
        """Is read as the daemon does: comments, quotes, `export`."""
        path = folder_for(self) / "env"
        path.write_text("# é\nexport PORT='4'\nHOST=::1 # here\nALONE\n", encoding="utf-8")
        self.assertEqual(given({}, str(path)).values, {"PORT": "4", "HOST": "::1"})

    def test_no_such_file(self) -> None:
        """Is told."""
        self.assertRaises(OSError, given, {}, str(folder_for(self) / "none"))


class ValueTests(SynchronousTestCase):
    """What a setting amounts to."""

    def test_all_there_are(self) -> None:
        """Nothing that the daemon knows is left out, in the order of names."""
        names = list(listed(Given({})))
        settings = Settings({})
        config.read_settings(settings)
        self.assertEqual(names, sorted(settings.known))

    def test_as_it_would_be_written(self) -> None:
        """A list with commas, a yes as true; what follows from another setting is shown as it follows."""
        found = listed(Given({"SUPABASE_URL": "https://a.supabase.co/", "ALIE_HOSTS": "a, b/", "ALIE_PAGE": "YES"}))
        shown = {
            name: found[name].value for name in ("ALIE_HOSTS", "ALIE_PAGE", "AUTH_REQUIRED", "ALIE_TRUSTED_PROXIES")
        }
        self.assertEqual(list(shown.values()), ["a,b", "true", "true", "127.0.0.0/8,::1/128"])
        self.assertEqual(found["AUTH_REQUIRED"].source, DEFAULT)

    def test_refused(self) -> None:
        """Has the default, and is marked."""
        row = listed(Given({"PORT": "http"}))["PORT"]
        self.assertEqual((row.value, row.source, row.remark), ("3001", ENVIRONMENT, REFUSED))

    def test_names_of_others(self) -> None:
        """Amazon's, and those of the file that nobody reads; the rest of the environment is nobody's business."""
        found = listed(
            Given({"AWS_PROFILE": "clinic", "EDITOR": "vi", "DATABASE_URL": SECRET}, {"NODE_ENV": "x", "E": ""})
        )
        self.assertEqual((found["AWS_PROFILE"].value, found["AWS_PROFILE"].source), ("clinic", ENVIRONMENT))
        self.assertEqual((found["NODE_ENV"].value, found["NODE_ENV"].remark), (HIDDEN, NO_EFFECT))
        self.assertEqual(found["DATABASE_URL"].remark, NO_EFFECT)
        self.assertEqual((found["E"].value, found["E"].source), ("", DEFAULT))
        self.assertNotIn("EDITOR", found)


class SecretTests(SynchronousTestCase):
    """No secret is shown."""

    def test_in_any_setting(self) -> None:
        """Each name that may hold one, from either source; and whoever is named in a URL."""
        names = ["SUPABASE_ANON_KEY", "SUPABASE_JWT_SECRET", "WS_JWT_SECRET", "ALIE_METRICS_TOKEN", "AWS_SESSION_TOKEN"]
        values = dict.fromkeys(names, SECRET) | {"PUBLIC_WS_URL": f"wss://me:{SECRET}@h/ws"}
        for found in (
            Given(values),
            Given({}, values),
            Given(values | {"ALIE_UNKNOWN": SECRET, "PORT": SECRET}, values),
        ):
            shown = listed(found)
            self.assertNotIn(SECRET, repr([dataclasses.astuple(row) for row in shown.values()]))
            self.assertEqual({shown[name].value for name in names}, {HIDDEN})
        self.assertNotIn(SECRET, repr(Given(values, values)))
