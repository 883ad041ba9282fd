"""The documents name what the code knows, and nothing else."""

import argparse
import re
from pathlib import Path

from dotenv import dotenv_values
from twisted.trial.unittest import SynchronousTestCase

from alie import config, errors
from alie.cli.options import parser
from alie.settings import Settings

CHECKOUT = Path(__file__).parent.parent


def text_of(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


def known_names() -> set[str]:
    """Every name that the configuration asks for."""
    settings = Settings({})
    config.read_settings(settings)
    return settings.known


class TheReadme(SynchronousTestCase):
    """Its table of settings is the table of settings."""

    def test_every_setting_is_explained(self) -> None:
        rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", text_of("README.md"), re.MULTILINE)
        explained = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}
        self.assertEqual(explained, known_names())

    def test_ignored_names_are_told(self) -> None:
        for name in config.IGNORED:
            self.assertIn(f"`{name}`", text_of("README.md"))


class TheExample(SynchronousTestCase):
    """etc/alie.env.example is a file that works."""

    def test_it_is_the_default(self) -> None:
        values = dotenv_values(CHECKOUT / "etc/alie.env.example", interpolate=False)
        self.assertEqual(config.read({name: text or "" for name, text in values.items()}), config.read({}))

    def test_it_names_known_settings_only(self) -> None:
        named = set(re.findall(r"^#?([A-Z_]+)=", text_of("etc/alie.env.example"), re.MULTILINE))
        for_botocore = {name for name in named if name.startswith("AWS_")}
        self.assertEqual(named - known_names() - for_botocore, set())


class TheProtocol(SynchronousTestCase):
    """docs/protocol.md lists the codes that the WebSocket knows."""

    def test_every_code_is_real(self) -> None:
        codes = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "close_code")}
        listed = set(re.findall(r"`([A-Z]+_[A-Z_]+|CAPACITY|INTERNAL)`", text_of("docs/protocol.md")))
        settings = known_names() | {"SUPABASE_URL"}
        self.assertEqual(listed - codes - settings, set())


class TheCommands(SynchronousTestCase):
    """Every `alie ...` that a document names is one."""

    def test_they_exist(self) -> None:
        """Commands, and what follows `audit` and `key`."""
        root = parser()
        (commands,) = [action for action in root._actions if isinstance(action, argparse._SubParsersAction)]
        for document in ("README.md", *(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "docs").glob("*.md"))):
            for name, below in re.findall(
                r"(?:^|`)(?:ALIE_TOKEN=\S+ )?alie ([a-z]+)(?: ([a-z]+))?", text_of(document), re.M
            ):
                self.assertIn(name, commands.choices, document)
                nested = [one for one in commands.choices[name]._actions if isinstance(one, argparse._SubParsersAction)]
                if nested and below:
                    self.assertIn(below, nested[0].choices, f"{document}: alie {name} {below}")
