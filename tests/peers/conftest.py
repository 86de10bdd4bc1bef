"""One Portero with applications behind it that most tests share, and the means to start others."""

from __future__ import annotations

import contextlib
import itertools
import pathlib

import pytest

from apache import Apache
from mail_folder import Mailbox
from program import PASSWORD, Portero
from radicale_server import Radicale
from upstream import Echo

_people = itertools.count(1)

SHOP, INTRANET, LEGACY, CALENDAR = (f"{name}.localhost" for name in ("shop", "intranet", "legacy", "calendar"))


def application(id: str, where: str, port: int, access: str = '"assigned"', rules: str = "") -> str:
    """An `[[app]]` for an application on `port` of this machine."""
    return f"""
[[app]]
id = "{id}"
name = "The {id}"
{where}
upstream = ["http://127.0.0.1:{port}"]
access = {access}
{rules}"""


def rule(path: str, access: str, methods: str | None = None) -> str:
    methods = f"methods = {methods}\n" if methods else ""
    return f'[[app.rule]]\npath = "{path}"\n{methods}access = {access}\n'


class House:
    """A running Portero, what stands behind it, and new people on demand."""

    def __init__(self, portero: Portero, echo: Echo | None = None) -> None:
        self.portero = portero
        self.echo = echo

    def person(self, *, org: str = "acme", apps=("shop", "wiki"), password: str | None = PASSWORD, **options) -> str:
        """Adds somebody whom no other test knows."""
        account = f"{org}/person{next(_people):04}"
        self.portero.add_user(account, apps=apps, password=password, **options)
        return account

    def last_seen(self, target: str) -> dict:
        """The application's memory of a request for `target`."""
        for seen in reversed(self.echo.seen):
            if seen["target"] == target:
                return seen
        raise AssertionError(f"the application never saw {target}")


@contextlib.contextmanager
def house_with_mail(folder: pathlib.Path, echo: Echo):
    """A Portero as shipped, with the shop behind it, the organizations acme and other, and a mailbox for all that it writes."""
    mailbox = Mailbox(folder / "outbox")
    portero = Portero(folder, application("shop", f'host = "{SHOP}"', echo.port), (SHOP,), mail=mailbox.section).start()
    portero.add_org("acme", "Acme Insurance")
    portero.add_org("other", "The Others")
    yield House(portero, echo), mailbox
    portero.stop()
    assert "panicked" not in portero.log_text(), portero.log_text()[-5000:]


@pytest.fixture(scope="session")
def echo():
    server = Echo()
    yield server
    server.close()


@pytest.fixture(scope="session")
def apache():
    server = Apache()
    yield server
    server.close()


@pytest.fixture(scope="session")
def radicale(tmp_path_factory):
    server = Radicale(tmp_path_factory.mktemp("radicale"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory, echo, apache, radicale):
    """The shared one: two organizations, so that the sign-in form asks for the organization."""
    public = rule("/public/*", '"anyone"', '["GET"]')
    applications = (
        application("shop", f'host = "{SHOP}"', echo.port, rules=public + rule("/staff/*", '{ groups = ["staff"] }'))
        + application("intranet", f'host = "{INTRANET}"', echo.port, access='"authenticated"')
        + application("wiki", 'path = "/wiki"', echo.port)
        + application("legacy", f'host = "{LEGACY}"', apache.port, rules=rule("/cgi/public", '"anyone"'))
        + application("calendar", f'host = "{CALENDAR}"', radicale.port)
    )
    portero = Portero(tmp_path_factory.mktemp("portero"), applications, (SHOP, INTRANET, LEGACY, CALENDAR)).start()
    portero.add_org("acme", "Acme Insurance")
    portero.add_org("other", "The Others")
    yield House(portero, echo)
    code = portero.stop()
    assert code == 0, f"SIGTERM ended it with {code}:\n{portero.log_text()[-3000:]}"
    assert "panicked" not in portero.log_text(), portero.log_text()[-5000:]


@pytest.fixture
def lone(tmp_path: pathlib.Path, echo):
    """Makes a Portero of the test's own, with the shop behind it and the organizations acme and other."""
    started: list[Portero] = []

    def make(*, organizations=("acme", "other"), **sections: str) -> House:
        folder = tmp_path / f"portero{len(started)}"
        folder.mkdir()
        portero = Portero(folder, application("shop", f'host = "{SHOP}"', echo.port), (SHOP,), **sections)
        started.append(portero)
        portero.start()
        for key in organizations:
            portero.add_org(key)
        return House(portero, echo)

    yield make
    for portero in started:
        portero.stop()
        assert "panicked" not in portero.log_text(), portero.log_text()[-5000:]
