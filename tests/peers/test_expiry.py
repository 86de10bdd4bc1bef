"""Passwords that expire, seen from outside: Portero's clock is moved, a real mail server takes the warnings."""

from __future__ import annotations

import pathlib
import re

import pytest

from conftest import SHOP
from mail_server import PASSWORD as MAIL_PASSWORD
from mail_server import USERNAME, Authority, MailServer
from program import PASSWORD, free_port, wait_until

NEW = "Nube-Clara#99"


def travel(portero, days: int) -> None:
    """Starts Portero anew so many days from now."""
    library = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
    assert library, "libfaketime is missing: tests/run installs it"
    portero.environment |= {"LD_PRELOAD": str(library), "FAKETIME": f"+{days}d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    portero.environment["RUST_LOG"] = "info,portero::app::background=debug"
    portero.restart()


def rounds(portero) -> int:
    return portero.log_text().count("looked whose passwords expire")


def look(portero) -> None:
    """Waits until Portero has looked whom to warn."""
    before = rounds(portero)
    wait_until("a round of warnings", lambda: rounds(portero) > before)


def days_shown(page) -> int:
    found = re.search(r"(\d+) days?", page.words)
    assert found, page.words
    return int(found.group(1))


def told(portero) -> list[str]:
    """Who was warned, as the audit trail tells."""
    events = portero.cli("audit", "--since", "3650d", "--json").splitlines()
    return sorted(re.search(r'"username":"(\w+)"', event).group(1) for event in events if "warn_of_expiry" in event)


@pytest.fixture
def server(tmp_path):
    server = MailServer(Authority(tmp_path), free_port()).start()
    yield server
    server.stop()


def test_a_password_expires_sixty_days_after_the_last_visit_and_not_before_a_warning(lone, server, tmp_path, monkeypatch):
    # E1 E6 L4
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    house = lone(
        mail=f'transport = "smtp"\nhost = "localhost"\nport = {server.port}\n'
        f'username = "{USERNAME}"\npassword = "{MAIL_PASSWORD}"\nfrom = "door@portero.test"'
    )
    portero = house.portero
    for name in ("ana", "leo"):
        portero.add_user(f"acme/{name}", apps=["shop"], emails=[f"{name}@acme.test"])
        _, page = portero.sign_in(f"acme/{name}")
        assert days_shown(page) == 60
    portero.add_user("acme/mia", apps=["shop"])

    travel(portero, 50)
    look(portero)
    wait_until("two warnings", lambda: len(server.messages) == 2)
    assert sorted(server.recipients) == ["ana@acme.test", "leo@acme.test"]
    for message in server.messages:
        for kind in ("plain", "html"):
            text = message.get_body((kind,)).get_content()
            assert "10 days" in text and f"{portero.origin}/_portero/login" in text
    listed = portero.cli_json("user", "list", "--expiring", "14d")
    assert sorted((user["username"], user["days"]) for user in listed) == [("ana", 10), ("leo", 10), ("mia", 10)]
    assert portero.cli_json("user", "list", "--expiring", "9d") == []

    portero.restart()
    look(portero)
    assert told(portero) == ["ana", "leo"], "a warning is given once, whatever was restarted"

    # Two days before it, everybody's time of the day of a warning has passed.
    travel(portero, 58)
    look(portero)
    assert told(portero) == ["ana", "ana", "leo", "leo"], "after days without Portero the most urgent one alone"
    _, page = portero.sign_in("acme/ana")
    assert days_shown(page) == 60, "being here begins it anew"

    travel(portero, 61)
    portero.sign_in("acme/ana")
    browser = portero.browser()
    page = portero.try_sign_in(browser, "acme/leo", url=portero.at(SHOP, "/orders?page=2"))
    assert page.url.startswith(portero.portal("/password")), page.trail
    assert not [seen for seen in house.echo.seen if seen["target"] == "/orders?page=2"]
    form = page.form_with("new_password")
    values = {"old_password": PASSWORD, "new_password": NEW, "confirm_password": NEW}
    done = browser.submit(page, form, values)
    assert "/password/changed" in done.url, done.trail
    _, page = portero.sign_in("acme/leo", NEW)
    assert days_shown(page) == 60
