"""Radicale, a calendar server in real use, which believes the `Remote-User` header of the proxy before it."""

from __future__ import annotations

import pathlib
import socket
import subprocess
import sys

from program import free_port, wait_until


class Radicale:
    def __init__(self, folder: pathlib.Path) -> None:
        self.port = free_port()
        config = folder / "radicale.conf"
        config.write_text(
            f"""
[server]
hosts = 127.0.0.1:{self.port}
[auth]
type = http_remote_user
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/collections
[web]
type = internal
""",
            encoding="utf-8",
        )
        self.log = (folder / "radicale.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", config], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )
        wait_until("Radicale to listen", self._listens)

    def _listens(self) -> bool:
        assert self.process.poll() is None, "Radicale ended: see radicale.log"
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()
