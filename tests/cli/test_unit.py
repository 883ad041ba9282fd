"""Tests of alie.cli.unit: what the files of a unit say."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.unit import find, tell_folder
from tests.cli.files import folder_for

TEXT = """\
[Unit]
User=not-here
[Service]
# User=nor here
ExecStart=/opt/alie/bin/twistd \\
    --nodaemon alie
EnvironmentFile=-/etc/alie/%i.env
Environment=PORT=%i "ALIE_HOSTS=a, b"
Environment=ALIE_INSTANCE=%i
StateDirectory=alie/%i alie-more
CacheDirectory=alie
User=alie
"""


class FindTests(SynchronousTestCase):
    """In folders of the test's own."""

    def setUp(self) -> None:
        self.folders = [folder_for(self), folder_for(self)]

    def test_a_template(self) -> None:
        """With its instance in place of %i; drop-ins come after it."""
        (self.folders[1] / "alie-backend@.service").write_text(TEXT)
        (self.folders[0] / "alie-backend@3002.service.d").mkdir()
        (self.folders[0] / "alie-backend@3002.service.d/more.conf").write_text("[Service]\nUser=other\n")
        unit = find("alie-backend@3002.service", self.folders)
        assert unit is not None
        self.assertEqual(
            (unit.name, unit.user, unit.env_files[0]), ("alie-backend@3002.service", "other", "/etc/alie/3002.env")
        )
        sets = {"PORT": "3002", "ALIE_HOSTS": "a, b", "ALIE_INSTANCE": "3002"}
        folders = {"STATE_DIRECTORY": "/var/lib/alie/3002", "CACHE_DIRECTORY": "/var/cache/alie"}
        self.assertEqual(unit.environment, sets | folders)

    def test_the_first_folder_wins(self) -> None:
        """As with systemd."""
        for folder, user in zip(self.folders, ("one", "two"), strict=True):
            (folder / "a.service").write_text(f"[Service]\nUser={user}\n")
        unit = find("a.service", self.folders)
        assert unit is not None
        self.assertEqual((unit.user, unit.env_files, unit.environment), ("one", (), {}))

    def test_a_file(self) -> None:
        """Named by its path."""
        path = self.folders[0] / "x.service"
        path.write_text("[Service]\n")
        unit = find(str(path))
        assert unit is not None
        self.assertEqual((unit.name, unit.path, unit.user), ("x.service", path, "root"))

    def test_the_state_directory(self) -> None:
        """Is told to the daemon's user and to root, where nobody else has told it; where there is a unit."""
        self.assertEqual(self.told("alie"), {})
        (self.folders[0] / "alie-backend.service").write_text("[Service]\nUser=alie\nStateDirectory=alie\n")
        for user in ("alie", "root"):
            self.assertEqual(self.told(user), {"STATE_DIRECTORY": "/var/lib/alie"})
            self.assertEqual(self.told(user, STATE_DIRECTORY="/x"), {"STATE_DIRECTORY": "/x"})
        self.assertEqual(self.told("anne"), {})

    def told(self, user: str, **environ: str) -> dict[str, str]:
        """What a command's environment is then."""
        tell_folder(environ, user, self.folders)
        return environ

    def test_none(self) -> None:
        """There is no such unit."""
        self.assertEqual([find("a.service", self.folders), find("/nowhere/a.service")], [None, None])
