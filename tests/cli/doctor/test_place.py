"""Tests of alie.cli.doctor.place: the settings as a unit's daemon has them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.config.reading import CREDENTIALS, FILE, UNIT, settings_of
from alie.cli.doctor.place import place
from alie.cli.unit import find
from tests.cli.files import folder_for

SERVICE = """\
[Service]
EnvironmentFile={folder}/alie.env
EnvironmentFile=-{folder}/%i.env
EnvironmentFile=-{folder}/none.env
Environment=ALIE_INSTANCE=%i
StateDirectory=alie-%i
"""
SOCKET = "[Socket]\nListenStream=127.0.0.1:%i\n"


class SettingsTests(SynchronousTestCase):
    """Of an instance with files, a socket, and a credential."""

    def setUp(self) -> None:
        self.folder = folder_for(self)
        (self.folder / "alie-backend@.service").write_text(SERVICE.format(folder=self.folder))
        (self.folder / "alie-backend@.socket").write_text(SOCKET)
        (self.folder / "alie.env").write_text("PORT=1\nALIE_WORKERS=1\nALIE_PAGE=off\n")
        (self.folder / "65001.env").write_text("ALIE_WORKERS=2\n")
        self.unit = find("alie-backend@65001.service", [self.folder])

    def test_all_of_them(self) -> None:
        """The socket before the files, the second file before the first, both before what the unit sets itself."""
        found = settings_of({}, None, self.unit)
        config = place(found).config
        self.assertEqual((config.host, config.port, config.instance), ("127.0.0.1", 65001, "65001"))
        self.assertEqual((config.workers, config.has_page, config.state_dir), (2, False, "/var/lib/alie-65001"))
        sources = [found.source(name) for name in ("ALIE_PAGE", "ALIE_INSTANCE", "PORT", "ALIE_WORKERS")]
        self.assertEqual(sources, [FILE, UNIT, UNIT, UNIT])
        self.assertEqual(found.env_file, str(self.folder / "alie.env"))

    def test_what_is_said_here(self) -> None:
        """Comes before all of it: a port, a file, a credential."""
        (self.folder / "other.env").write_text("ALIE_PAGE=on\n")
        (self.folder / "credentials").mkdir()
        (self.folder / "credentials/alie.env").write_text("ALIE_METRICS_TOKEN=canary\n")
        environ = {"PORT": "65002", "CREDENTIALS_DIRECTORY": str(self.folder / "credentials")}
        found = settings_of(environ, str(self.folder / "other.env"), self.unit)
        config = place(found).config
        self.assertEqual((config.port, config.has_page, config.metrics_token), (65002, True, "canary"))
        self.assertEqual(found.source("ALIE_METRICS_TOKEN"), CREDENTIALS)

    def test_no_unit(self) -> None:
        """Nothing but the environment and the file."""
        found = settings_of({"PORT": "0"}, str(self.folder / "alie.env"), None)
        self.assertEqual(found.values, {"PORT": "0", "ALIE_WORKERS": "1", "ALIE_PAGE": "off"})
