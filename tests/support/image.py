"""An image built by buildah, and one process run in it as a container's engine would: by systemd-nspawn, with what the
image asks for, its root file system read-only, no capability, no network but loopback, and every shell taken out.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from tests.support.machine import Failed, Machine, done, pip_paths, pip_settings
from tests.support.waiting import wait_until

BASE = "docker.io/library/debian:bookworm-slim"
_PATIENCE_S = 120.0
_NSPAWN = (
    *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--timezone=off", "--link-journal=no"),
    *("--resolv-conf=off", "--console=pipe", "--private-network", "--read-only", "--tmpfs=/tmp"),
    *("--drop-capability=all", "--no-new-privileges=yes"),
)


class Builder:
    """A store of images of its own, in which the smallest Debian 12 stands for the one of the registry.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._buildah = ("buildah", "--root", folder / "store", "--runroot", folder / "run")
        base = Machine.made(folder / "base")
        container = self._do("from", "scratch")
        self._do("copy", "--quiet", container, base.tree, "/")
        self._do("commit", "--quiet", "--rm", container, BASE)
        base.remove()

    def build(self, command: str, folder: Path) -> None:
        """Runs `buildah build ...` in a folder, with this store, and this machine's settings of pip for its steps."""
        program, verb, *words = shlex.split(command)
        assert (program, verb) == ("buildah", "build"), command
        settings = pip_settings()
        (self.folder / "pip.conf").write_text(
            "[global]\n" + "".join(f"{_option(name)} = {value}\n" for name, value in settings.items())
        )
        shared = [f"{self.folder}/pip.conf:/etc/pip.conf", *(f"{path}:{path}" for path in pip_paths(settings))]
        volumes = [word for pair in shared for word in ("--volume", f"{pair}:ro")]
        self._do("build", "--isolation", "chroot", "--format", "docker", "--pull-never", *volumes, *words, cwd=folder)

    def config(self, image: str) -> dict[str, Any]:
        """What the image asks of whoever runs it."""
        told: dict[str, Any] = json.loads(self._do("inspect", "--type", "image", image))["Docker"]["config"]
        return told

    def mounted(self, image: str) -> Path:
        """A container's root, which is changed without changing the image."""
        return Path(self._do("mount", self._do("from", "--pull-never", image)))

    def remove(self) -> None:
        """Unmounts and deletes all."""
        self._do("rm", "--all")
        self._do("rmi", "--all", "--force")

    def _do(self, *words: object, cwd: Path | None = None) -> str:
        return done(*self._buildah, *words, cwd=cwd).strip()


class Container:
    """The image's entry point, running until it is stopped.

    Args:
        root: as `Builder.mounted` gives it.
        config: of the image.
        state: a folder for its only volume, its user's.
        settings: environment besides the image's own.
    """

    def __init__(self, root: Path, config: dict[str, Any], state: Path, **settings: str) -> None:
        self._user, self._environment = config["User"], [*config["Env"], *(f"{k}={v}" for k, v in settings.items())]
        (volume,) = config["Volumes"]
        self.log = state.parent / "container.log"
        where = (f"--bind={state}:{volume}", f"--chdir={config['WorkingDir']}", "-D", str(root), "--user=alie")
        how = (f"--machine=alie-{os.getpid()}-image", f"--kill-signal={config['StopSignal']}")
        environment = [f"--setenv={pair}" for pair in self._environment]
        command = ("setpriv", "--pdeathsig", "TERM", *_NSPAWN, *how, *where, *environment, *config["Entrypoint"])
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def run(self, *command: str, **settings: str) -> str:
        """What a command says that runs beside it, as its user."""
        own = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        wait_until(self._listens, _PATIENCE_S, pause_s=0.1, tell=self.log.read_text)
        user, _, group = self._user.partition(":")
        enter = ("nsenter", "--target", own.read_text().split()[0], "--all", "--root", "-S", user, "-G", group)
        return done(*enter, "env", "-i", *self._environment, *(f"{k}={v}" for k, v in settings.items()), *command)

    def _listens(self) -> bool:
        said = self.log.read_text()
        if self.process.poll() is not None:
            raise Failed(said)
        return "Alie listens" in said

    def stop(self) -> int:
        """Asks it to end, as the image says how; its exit status."""
        self.process.terminate()
        return self.process.wait()


def _option(name: str) -> str:
    """PIP_FIND_LINKS as pip.conf has it."""
    return name.removeprefix("PIP_").lower().replace("_", "-")
