"""Apache httpd with a CGI that prints its environment: how most legacy applications are told who is there."""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from program import free_port, wait_until

MODULES = pathlib.Path("/usr/lib/apache2/modules")
CGI = """#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
exec env
"""
# A file to be had whole, in parts, or not at all if it did not change.
FILE = bytes(range(256)) * 1024


class Apache:
    """A server of its own in a temporary folder; nothing of the system's configuration is read."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="portero-apache-"))
        # The CGI runs as another user when the tests run as root, and has to get there.
        self.folder.chmod(0o755)
        scripts = self.folder / "cgi"
        scripts.mkdir()
        for name in ("environment", "public"):
            (scripts / name).write_text(CGI, encoding="ascii")
            (scripts / name).chmod(0o755)
        files = self.folder / "files"
        files.mkdir()
        (files / "large.bin").write_bytes(FILE)
        run_as = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        modules = "\n".join(
            f"LoadModule {name}_module {MODULES}/mod_{name}.so"
            for name in ("mpm_event", "authz_core", "alias", "cgid", "setenvif")
        )
        (self.folder / "httpd.conf").write_text(
            f"""
ServerRoot "{self.folder}"
ServerName localhost
Listen 127.0.0.1:{self.port}
{modules}
{run_as}
PidFile "{self.folder}/httpd.pid"
ErrorLog "{self.folder}/error.log"
DefaultRuntimeDir "{self.folder}"
ScriptSock "{self.folder}/cgid.sock"
StartServers 1
ServerLimit 2
ThreadsPerChild 8
MaxRequestWorkers 16
# What an application sees that asks for REMOTE_USER and knows nothing of headers.
SetEnvIf Remote-User "^(.+)$" REMOTE_USER=$1
ScriptAlias "/cgi/" "{scripts}/"
Alias "/files/" "{files}/"
<Directory "{files}">
    Require all granted
</Directory>
<Directory "{scripts}">
    Require all granted
</Directory>
""",
            encoding="utf-8",
        )
        self.process = subprocess.Popen(
            ["/usr/sbin/apache2", "-d", self.folder, "-f", self.folder / "httpd.conf", "-DFOREGROUND"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        wait_until("Apache to listen", self._listens)

    def _listens(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"Apache ended: {self.process.stdout.read().decode()}")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def environment(text: str) -> dict[str, str]:
    """What `env` printed."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
