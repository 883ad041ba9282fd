"""What a daemon wrote to its journal: asked of journalctl, or in a file that was made of it."""

from __future__ import annotations

import subprocess

from alie.canary.search import NOT_SEARCHED, Finding, Search

PLACE = "journal"
_TIMEOUT_S = 60
_NOBODY = "which one it is, is not known: give --unit, or --journal"


def search_unit(search: Search, unit: str | None, since_s: float, journalctl: str = "journalctl") -> Finding:
    """Searches what a systemd unit wrote.

    Args:
        search: looks for the secrets.
        unit: its name; None: not known.
        since_s: seconds of the epoch from when on.
        journalctl: the program.
    """
    if unit is None:
        return Finding(PLACE, NOT_SEARCHED, _NOBODY)
    command = [journalctl, "--quiet", "--no-pager", "--all", "-o", "cat", "-u", unit, f"--since=@{int(since_s)}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except FileNotFoundError:
        return Finding(PLACE, NOT_SEARCHED, "there is no journalctl on this machine: give --journal FILE")
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(PLACE, NOT_SEARCHED, f"journalctl: {type(error).__name__}")
    if done.returncode != 0:
        return Finding(PLACE, NOT_SEARCHED, f"journalctl ended with status {done.returncode}")
    if not done.stdout:
        return Finding(PLACE, NOT_SEARCHED, f"nothing of {unit} can be read from here since then")
    return search.data(PLACE, done.stdout)
