"""Portero as a program: its configuration on free ports, its start and its end, its command line."""

from __future__ import annotations

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time

from browser import Browser, Page
from client import ProtocolError, exchange

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("PORTERO", ROOT / "target" / "debug" / "portero"))
PASSWORD = "Clave#Segura2026"
START_WITHIN = 30.0


_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to connections, which could take it before it is used."""
    while True:
        port = random.randrange(16_000, 32_000)
        if port in _given:
            continue
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port


def wait_until(what: str, condition, within: float = START_WITHIN):
    """Asks again and again until `condition` holds; says what it waited for when it never did."""
    end = time.monotonic() + within
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"waited {within:.0f} s in vain for {what}")
        time.sleep(0.02)


class Failed(AssertionError):
    """A command that ended otherwise than it should."""

    def __init__(self, command, result):
        super().__init__(f"{command} ended with {result.returncode}:\n{result.stdout}\n{result.stderr}")
        self.code = result.returncode
        self.stdout = result.stdout
        self.stderr = result.stderr


class Portero:
    """One installation in a folder of its own. `applications` is a piece of TOML, `sections` replaces or adds whole sections,
    `tls` is the value of `server.tls`."""

    portal_host = "portal.localhost"

    def __init__(
        self, folder: pathlib.Path, applications: str = "", hosts: tuple[str, ...] = (), *, tls: str = "", **sections: str
    ) -> None:
        self.folder = folder
        self.scheme = "https" if tls else "http"
        self.port = free_port()
        self.admin_port = free_port()
        self.data = folder / "data"
        self.config = folder / "config.toml"
        self.log = folder / "portero.log"
        self.hosts = {self.portal_host, *hosts}
        self.process: subprocess.Popen | None = None
        # What `run` finds in its environment besides.
        self.environment: dict[str, str] = {}
        settings = {
            "server": f'listen = "127.0.0.1:{self.port}"' + (f"\ntls = {tls}" if tls else ""),
            "admin": f'listen = "127.0.0.1:{self.admin_port}"',
            "portal": f'origin = "{self.origin}"\nname = "Portero of the tests"\nlanguage = "en"\nsupport = "help@portero.test"',
            "store": f'engine = "sled"\npath = "{self.data}"',
            "captcha": 'mode = "off"',
            **sections,
        }
        text = "\n".join(f"[{name}]\n{body}\n" for name, body in settings.items())
        self.config.write_text(f"{text}\n{applications}\n", encoding="utf-8")

    # -- addresses ---------------------------------------------------------------------------------------------------------------

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.portal_host}:{self.port}"

    def at(self, host: str, target: str = "/") -> str:
        return f"{self.scheme}://{host}:{self.port}{target}"

    def portal(self, path: str) -> str:
        return f"{self.origin}/_portero{path}"

    def browser(self, **options) -> Browser:
        return Browser(self.port, self.hosts, **options)

    # -- life --------------------------------------------------------------------------------------------------------------------

    def start(self) -> Portero:
        assert BINARY.exists(), f"{BINARY} is not there: cargo build first"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "run", "--config", self.config],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, **self.environment},
            )
        wait_until("Portero to be ready", self._ready, within=90)
        return self

    def _ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"portero run ended with {self.process.returncode}:\n{self.log_text()[-3000:]}")
        try:
            return exchange(self.admin_port, "GET", "/readyz", [("Host", f"127.0.0.1:{self.admin_port}")]).status == 200
        except (OSError, ProtocolError):
            # Where nobody listens yet, a connection can meet itself, and then reads what it sent.
            return False

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Ends the process and returns its exit code."""
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        try:
            return process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"signal {how} did not end it:\n{self.log_text()[-3000:]}") from None

    def restart(self, how: int = signal.SIGTERM) -> None:
        self.stop(how)
        self.start()

    def log_text(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    # -- command line ------------------------------------------------------------------------------------------------------------

    def run(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess:
        """Runs a command and returns what came of it, whatever that was."""
        return subprocess.run(
            [BINARY, *arguments, "--config", self.config],
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
            check=False,
        )

    def cli(self, *arguments: str, stdin: str | None = None) -> str:
        """Runs a command that has to succeed and returns its standard output."""
        result = self.run(*arguments, stdin=stdin)
        if result.returncode != 0:
            raise Failed(arguments, result)
        return result.stdout

    def cli_json(self, *arguments: str):
        return json.loads(self.cli(*arguments, "--json"))

    def add_org(self, key: str, name: str | None = None, parent: str | None = None) -> None:
        self.cli("org", "add", key, "--name", name or key.title(), *(["--parent", parent] if parent else []))

    def add_user(
        self,
        account: str,
        *,
        name: str | None = None,
        apps=(),
        groups=(),
        emails=(),
        role: str = "user",
        password: str | None = PASSWORD,
    ) -> str | None:
        """Adds a user. Without a password, returns the temporary one that the command makes."""
        arguments = ["user", "add", account, "--name", name or account.split("/")[1].title(), "--role", role]
        for flag, values in (("--app", apps), ("--group", groups), ("--email", emails)):
            for value in values:
                arguments += [flag, value]
        if password is None:
            return self.cli_json(*arguments)["temporary_password"]
        self.cli(*arguments, "--password-stdin", stdin=password + "\n")
        return None

    # -- people ------------------------------------------------------------------------------------------------------------------

    def fill(self, page: Page, account: str, password: str) -> dict[str, str]:
        """The fields of the sign-in form, as this person fills them in."""
        organization, username = account.split("/", 1)
        form = page.form_with("password")
        values = {"username": username, "password": password}
        if form.types.get("organization", "hidden") != "hidden":
            values["organization"] = organization
        return values

    def try_sign_in(
        self, browser: Browser, account: str, password: str = PASSWORD, url: str | None = None, *, follow=True
    ) -> Page:
        """Opens `url` (or the sign-in page), which has to lead to the sign-in form; fills and sends it."""
        page = browser.get(url or self.portal("/login"))
        assert page.status == 200 and page.has_form_with("password"), (
            f"no sign-in page at {page.trail}: {page.status}\n{page.text[:2000]}"
        )
        return browser.submit(page, page.form_with("password"), self.fill(page, account, password), follow=follow)

    def sign_in(
        self, account: str, password: str = PASSWORD, url: str | None = None, browser: Browser | None = None
    ) -> tuple[Browser, Page]:
        """Signs in and expects to be let in."""
        browser = browser or self.browser()
        page = self.try_sign_in(browser, account, password, url)
        assert page.status == 200, f"{account} was not let in: {page.status} at {page.trail}\n{page.words[:1500]}"
        assert not page.has_form_with("password"), f"still at the door: {page.trail}\n{page.words[:1500]}"
        return browser, page
