"""A real nginx with TLS in a process of its own, on a port that nobody else can have taken."""

from __future__ import annotations

import datetime
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# Debian's is outside of the path of users who are not root.
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
STOP_TIMEOUT_S = 10
# `user` counts for root only: its workers may then use the folder, which is its owner's only.
_CONFIGURATION = """
daemon off;
worker_processes 1;
user root;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 128; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  ssl_certificate {folder}/certificate.pem;
  ssl_certificate_key {folder}/key.pem;
  map $http_upgrade $connection_upgrade {{ default upgrade; "" close; }}
  {servers}
}}
"""


def listening_socket() -> socket.socket:
    """A listening socket on a free port of this machine, for an nginx to inherit."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.set_inheritable(True)
    listening.setblocking(False)  # nginx does not look: of two workers, one would wait in accept for the other's client
    return listening


class NginxProcess:
    """nginx, as the files say, until it is stopped.

    Args:
        configuration: its main file, which must have `daemon off`; what it includes is beside it.
        errors: where it complains before it has read that.
        listening: what it listens on, `listen 127.0.0.1:PORT` there; it alone holds them from now on.
    """

    def __init__(self, configuration: Path, errors: Path, listening: Sequence[socket.socket]) -> None:
        self._command = [NGINX, "-e", errors, "-c", configuration]
        # So nginx hands its sockets to the next generation of itself (nginx.org, "Upgrading Executable on the Fly").
        # Without a master process it would crash at that.
        descriptors = [each.fileno() for each in listening]
        environment = {"PATH": os.environ["PATH"], "NGINX": "".join(f"{each};" for each in descriptors)}
        self._process = subprocess.Popen(
            self._command,
            env=environment,
            pass_fds=descriptors,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for each in listening:
            each.close()

    @property
    def pid(self) -> int:
        """Of its master process."""
        return self._process.pid

    def stop(self) -> None:
        """Ends it, and waits."""
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Nginx:
    """nginx with TLS and little else, until it is stopped.

    Args:
        listening: what it listens on; it alone holds it from now on.
        names: host names in its certificate, which nobody has signed.
        servers: its `server` blocks; each has to say `listen 127.0.0.1:PORT ssl;` with the port of `listening`.
    """

    def __init__(self, listening: socket.socket, names: Sequence[str], servers: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        write_certificate(folder, names)
        configuration = folder / "nginx.conf"
        configuration.write_text(_CONFIGURATION.format(folder=folder, servers=servers))
        self._process = NginxProcess(configuration, folder / "error.log", [listening])

    @property
    def errors(self) -> str:
        """What it has complained about."""
        return (Path(self._folder.name) / "error.log").read_text()

    def stop(self) -> None:
        """Ends it, and waits."""
        self._process.stop()
        self._folder.cleanup()


def write_certificate(folder: Path, names: Sequence[str]) -> None:
    """Writes certificate.pem, which nobody else has signed, and key.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
