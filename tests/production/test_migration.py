"""docs/operations.md, "Migration from the Node backend, and back": on a server of the older guide."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.support import older_deployment, runbook
from tests.support.server_machine import UNPACKED, ServerMachine

GREETED, DEV = '{"type":"connection_established"', "dev-session-id"


class MigrationTests(SynchronousTestCase):
    """With systemd, nginx and certbot; the Node backend is a stand-in."""

    timeout = 600

    def setUp(self) -> None:
        self.machine = ServerMachine(self)
        older_deployment.lay_out(self.machine)
        texts = [block.text for block in runbook.blocks("Migration from the Node backend, and back")]
        self.before, self.switch, self.checks, self.back = texts

    def follow(self, text: str) -> str:
        """As the page says; /usr of this machine cannot be changed, and sudo is not set up."""
        there = text.replace("/usr/local/src/alie", UNPACKED)
        return self.machine.follow(there.replace("sudo -u alie", "setpriv --reuid alie --regid alie --clear-groups"))

    def judge(self, *, is_node: bool) -> None:
        """What the checks of the page see."""
        said = self.follow(self.checks)
        self.assertEqual(said.count("101 Switching Protocols"), 3, said)
        self.assertEqual(said.count(GREETED), 3, said)
        self.assertEqual(said.count(DEV), 3 if is_node else 0, said)
        self.assertEqual(said.replace(" ", "").count('{"status":"ok"}'), 2, said)

    def test_there_and_back(self) -> None:
        """Each time the checks are good, with the same nginx, certificate and settings."""
        self.judge(is_node=True)
        certificate = self.machine.served()
        site = self.files()
        self.follow(self.before)
        self.assertIn("node", self.program())
        self.follow(self.switch)
        self.judge(is_node=False)
        self.assertIn("twistd", self.program())
        self.follow(self.back)
        self.judge(is_node=True)
        self.follow(self.switch)
        self.assertIn("twistd", self.program())
        self.assertEqual((self.machine.served(), self.files()), (certificate, site))
        self.assertEqual(self.machine.run("systemctl is-enabled alie-backend").strip(), "enabled")

    def files(self) -> str:
        """What must not be touched."""
        return self.machine.run("cd /; find etc/nginx home/ec2-user -type f | sort | xargs sha256sum")

    def program(self) -> str:
        """That runs as alie-backend."""
        process = self.machine.run("systemctl show --property=MainPID --value alie-backend").strip()
        return self.machine.run(f"tr '\\0' ' ' < /proc/{process}/cmdline")
