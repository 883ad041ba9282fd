"""docs/security.md and docs/asvs.md name modules and tests that exist, and leave no item of the standard out."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

CHECKOUT = Path(__file__).parent.parent
DOCUMENTS = ("docs/security.md", "docs/asvs.md", "docs/compliance.md", "SECURITY.md")
PLACES = ("", "tests", "alie", "alie/web/page", "docs")
"""Where a path in a document may begin."""
REFERENCE = re.compile(r"`(\w[\w./-]*\.(?:py|js|sql|json|md|txt|cfg))((?:::\w+)*)`")
MET, PARTLY, NOT_MET, OPERATOR, OUTSIDE = "met", "partly", "not met", "operator", "does not apply"

# OWASP ASVS 5.0.0: how many items of levels 1 and 2 each section has; within a section, those of level 3 come last.
# Where one does not (none in 5.0.0), this table could not say so.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip


def text_of(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


def rows(document: str) -> Iterator[list[str]]:
    """The cells of each line of each table, headings left out."""
    lines = text_of(document).splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("| ") and not below.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def names_in(path: Path) -> set[str]:
    """Functions and classes of a module, and `Class::method`."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = (one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
            found |= {f"{node.name}::{one.name}" for one in inner}
    return found


def missing(document: str) -> list[str]:
    """What a document names and nobody has."""
    lost = []
    for path, name in REFERENCE.findall(text_of(document)):
        here = [CHECKOUT / place / path for place in PLACES if (CHECKOUT / place / path).is_file()]
        if not here or (name and not any(name[2:] in names_in(one) for one in here)):
            lost.append(path + name)
    return lost


def shown_in(cell: str) -> list[str]:
    """The tests that a cell names."""
    return [path for path, _ in REFERENCE.findall(cell) if Path(path).name.startswith(("test_", "contract"))]


def items_in(cell: str) -> list[str]:
    """`1.2.3` and `1.2.3-1.2.5`, separated by commas."""
    found: list[str] = []
    for part in cell.split(", "):
        first, _, last = part.partition("-")
        section, _, number = first.rpartition(".")
        found += [f"{section}.{one}" for one in range(int(number), int((last or first).rpartition(".")[2]) + 1)]
    return found


class References(SynchronousTestCase):
    """Whatever is named is there."""

    def test_all_that_is_named_exists(self) -> None:
        """Modules, tests, classes and methods."""
        for document in DOCUMENTS:
            self.assertEqual(missing(document), [], document)

    def test_what_does_not_exist_is_found(self) -> None:
        """The check itself: a file, a class and a method that nobody has."""
        self.assertIn("References", names_in(Path(__file__)))
        self.assertIn("References::test_all_that_is_named_exists", names_in(Path(__file__)))
        self.assertNotIn("References::test_nothing", names_in(Path(__file__)))


class TheThreatModel(SynchronousTestCase):
    """docs/security.md."""

    def test_each_threat_is_held_by_something_that_is_shown(self) -> None:
        """A module and a test; or it is said what is left, and to whom."""
        threats = [row for row in rows("docs/security.md") if re.match(r"\*\*[STRIDE]\*\* ", row[0])]
        self.assertGreater(len(threats), 40)
        for threat, holds, shows, left in threats:
            if not shown_in(shows):
                self.assertNotIn(left, ("", "–"), threat)
            elif shows:
                self.assertTrue(REFERENCE.search(holds), threat)

    def test_every_leg_has_every_letter(self) -> None:
        """Spoofing, tampering, repudiation, information disclosure, denial of service, elevation of privilege."""
        legs = text_of("docs/security.md").partition("## Threats")[2].partition("\n## ")[0].split("\n### ")[1:]
        self.assertGreaterEqual(len(legs), 8)
        for leg in legs:
            letters = set(re.findall(r"^\| \*\*([STRIDE])\*\* ", leg, re.MULTILINE))
            spared = set(re.findall(r"\*\*No ([STRIDE])\*\*", leg))
            self.assertEqual(letters | spared, set("STRIDE"), leg.splitlines()[0])


class TheStandard(SynchronousTestCase):
    """docs/asvs.md."""

    def setUp(self) -> None:
        self.rows = [row for row in rows("docs/asvs.md") if re.match(r"\d+\.\d+\.\d+", row[0])]

    def test_every_item_of_levels_1_and_2_is_answered_once(self) -> None:
        """253 items; what does not apply is said to, and why."""
        expected = [f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]
        self.assertEqual(len(expected), 253)
        self.assertEqual(Counter(item for row in self.rows for item in items_in(row[0])), Counter(expected))

    def test_every_answer_is_one(self) -> None:
        """What is met is shown by a test; what is not, or is the operator's, is said in words."""
        for items, asks, status, how, shows in self.rows:
            self.assertIn(status, (MET, PARTLY, NOT_MET, OPERATOR, OUTSIDE), items)
            self.assertTrue(asks and how, items)
            if status == MET:
                self.assertTrue(shown_in(shows) or "docs/" in how or ".md" in how, f"{items}: nothing shows it")

    def test_the_count_is_true(self) -> None:
        """What the document says of itself."""
        counted = Counter(status for items, _, status, _, _ in self.rows for _ in items_in(items))
        told = dict(re.findall(r"^\* (.+?): (\d+)", text_of("docs/asvs.md"), re.MULTILINE))
        self.assertEqual({status: int(number) for status, number in told.items()}, dict(counted))
