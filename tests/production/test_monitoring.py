"""etc/prometheus and etc/grafana, with a real Prometheus that watches a real daemon: all that they ask for is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from tests.support.authority import Authority
from tests.support.daemon import ROOT, fetch, start

PROMETHEUS = Path(sys.executable).with_name("prometheus")
FOLDER = ROOT / "etc" / "prometheus"
DASHBOARD = json.loads((ROOT / "etc" / "grafana" / "alie.json").read_text())
TOKEN = "t0ken-of-the-scraper"
NAME = re.compile(r"\b(?:alie|process)_[a-z_]+")
LOOK_S = 0.5
PATIENCE_S = 120.0
ONLY_ONCE_SOMETHING_HAPPENED = ("alie_sessions_ended_total", "ALERTS", "changes(process_start_time_seconds")
"""Queries that have no answer at a daemon at which nothing has happened yet."""


def queries() -> list[str]:
    """Of panels and annotations, for every instance."""
    found = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    found += [annotation["expr"] for annotation in DASHBOARD["annotations"]["list"]]
    return [query.replace("$instance", ".*") for query in found]


def asked_for() -> set[str]:
    """Names of metrics in the alerts and in the dashboard."""
    rules = "".join(re.findall(r"expr: >-\n((?: {10}.*\n)+)", (FOLDER / "alie.rules.yml").read_text()))
    return set(NAME.findall(rules + " ".join(queries()))) - {"alie_engine_faults_"}


def told(exposition: str) -> set[str]:
    """Names of the series that a daemon has or may have."""
    found = set()
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", exposition, re.MULTILINE):
        found |= {f"{name}{end}" for end in ("_bucket", "_count", "_sum")} if kind == "histogram" else {name}
    return found


class MonitoringTests(TestCase):
    """A daemon with Amazon's engine, the embedded one behind it, and TLS of its own, so that it has every metric."""

    timeout = 300

    async def begin(self) -> str:
        """The daemon; its URL."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        certificate, key = Authority().issue("localhost").write(Path(folder.name))
        daemon = start(
            self,
            AWS_ACCESS_KEY_ID="AKIAEXAMPLE",
            AWS_SECRET_ACCESS_KEY="secret",
            ALIE_ENGINE="amazon",
            ALIE_TLS_CERT=str(certificate),
            ALIE_TLS_KEY=str(key),
            ALIE_TLS_PORT="0",
            ALIE_METRICS_TOKEN=TOKEN,
        )
        return await daemon.listening

    def prometheus(self, target: str) -> Path:
        """Starts one with the page's files: its folder, where it logs."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        here = Path(folder.name)
        text = (FOLDER / "prometheus.yml").read_text().replace("127.0.0.1:3001", target)
        text = text.replace("/etc/prometheus/alie.token", f"{here}/alie.token").replace(": 15s", ": 1s")
        (here / "prometheus.yml").write_text(text)
        (here / "alie.token").write_text(TOKEN)
        (here / "alie.rules.yml").write_text((FOLDER / "alie.rules.yml").read_text())
        where = (f"--config.file={here}/prometheus.yml", f"--storage.tsdb.path={here}/data")
        with (here / "log").open("w") as log:
            command = (PROMETHEUS, *where, "--web.listen-address=127.0.0.1:0")
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return here / "log"

    async def until(self, ask: Any) -> Any:
        """Asks again and again, until the answer is one."""
        for _ in range(round(PATIENCE_S / LOOK_S)):
            if answer := await ask():
                return answer
            await deferLater(reactor, LOOK_S, lambda: None)
        raise AssertionError("there was no answer")

    async def ask(self, path: str, **parameters: str) -> Any:
        """What Prometheus' API says."""
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        return json.loads(await fetch(url))["data"]

    def test_all_is_there(self) -> Deferred[None]:
        """Every metric exists; Prometheus gets them with the token, evaluates every alert, and answers every panel."""

        async def check() -> None:
            url = await self.begin()
            self.assertGreater(len(asked_for()), 30)
            self.assertEqual(asked_for() - told(await fetch(f"{url}/metrics")), set())
            log = self.prometheus(url.removeprefix("http://"))

            async def address() -> str | None:
                found = re.search(r'msg="Listening on" address=(\S+)', log.read_text())
                return found[1] if found else None

            self.address = await self.until(address)
            await self.until(self.has_evaluated)
            await self.assertAnswered()

        return Deferred.fromCoroutine(check())

    async def has_evaluated(self) -> bool:
        """Whether the daemon was read more than once, and each alert looked at since; none may have failed."""
        scrapes = await self.ask("query", query='min(count_over_time(up{job="alie"}[5m])) > 3')
        (group,) = (await self.ask("rules"))["groups"] or [{"rules": []}]
        health = {rule["health"] for rule in group["rules"]}
        self.assertNotIn("err", health, group)
        return bool(scrapes["result"]) and health == {"ok"}

    async def assertAnswered(self) -> None:
        """The scrape was let in, and every query of the dashboard finds something."""
        (up,) = (await self.ask("query", query='up{job="alie"}'))["result"]
        self.assertEqual(up["value"][1], "1")
        for query in queries():
            found = (await self.ask("query", query=query))["result"]
            if not any(text in query for text in ONLY_ONCE_SOMETHING_HAPPENED):
                self.assertTrue(found, query)

    def test_both_languages(self) -> None:
        """Each panel has a title and a description in English and French, unless they are the same word."""
        for panel in DASHBOARD["panels"]:
            self.assertIn(" · ", panel["title"])
            self.assertIn(" · ", panel["description"])
