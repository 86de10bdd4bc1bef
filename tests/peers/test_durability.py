"""What somebody was told is there tomorrow: kill -9, restarts, and two Porteros on one store."""

import http.client
import os
import resource
import signal
import socket
import stat
import subprocess
import threading
import time
import urllib.parse

import pytest

from conftest import SHOP
from program import BINARY, PASSWORD, ROOT, Portero, wait_until


def test_an_acknowledged_user_survives_a_kill(lone):
    house = lone()
    portero = house.portero
    for _ in range(3):
        account = house.person(apps=("shop",))
        portero.restart(signal.SIGKILL)
        portero.sign_in(account, url=portero.at(SHOP, "/"))


def test_an_acknowledged_session_survives_a_kill(lone):
    house = lone()
    portero = house.portero
    browser, _ = portero.sign_in(house.person(apps=("shop",)), url=portero.at(SHOP, "/"))
    portero.restart(signal.SIGKILL)
    assert browser.fetch(portero.at(SHOP, "/who")).status == 200


def test_an_acknowledged_sign_out_survives_a_kill(lone):
    house = lone()
    portero = house.portero
    browser, portal = portero.sign_in(house.person(apps=("shop",)), url=portero.portal("/portal"))
    kept = {host: dict(cookies) for host, cookies in browser.jar.items()}
    browser.submit(portal, portal.form_to("/logout"))
    portero.restart(signal.SIGKILL)
    thief = portero.browser()
    thief.jar = kept
    assert thief.get(portero.portal("/portal")).has_form_with("password")


def test_an_acknowledged_deactivation_survives_a_kill(lone):
    house = lone()
    portero = house.portero
    account = house.person(apps=("shop",))
    portero.cli("user", "deactivate", account)
    portero.restart(signal.SIGKILL)
    assert portero.try_sign_in(portero.browser(), account).status == 401


def test_a_file_of_users_is_taken_in_whole_or_not_at_all_whenever_it_is_killed(lone, tmp_path):
    portero = lone().portero
    rows = 20_000
    path = tmp_path / "people.csv"
    path.write_text("username\n" + "".join(f"row{number:05}\n" for number in range(rows)), encoding="utf-8")
    before = len(portero.cli_json("user", "list"))
    found = []
    for part in range(12):
        importing = threading.Thread(target=portero.run, args=("user", "import", str(path), "--organization", "acme"))
        importing.start()
        # Time enough to reach the Portero that is going to be killed.
        time.sleep(0.5 + part * 0.3)
        portero.restart(signal.SIGKILL)
        importing.join()
        found.append(len(portero.cli_json("user", "list")) - before)
        if found[-1]:
            break
    assert set(found) <= {0, rows}, found
    assert portero.run("user", "import", str(path), "--organization", "acme").returncode == (1 if found[-1] else 0)
    assert len(portero.cli_json("user", "list")) == before + rows


def test_users_added_at_the_same_time_are_all_there_after_a_kill(lone):
    house = lone()
    portero = house.portero
    told: list[str] = []

    def add(number: int) -> None:
        for step in range(4):
            account = f"acme/crowd{number}-{step}"
            if (
                portero.run("user", "add", account, "--name", "Somebody", "--password-stdin", stdin=PASSWORD + "\n").returncode
                == 0
            ):
                told.append(account)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    threads[0].join()
    portero.stop(signal.SIGKILL)
    for thread in threads[1:]:
        thread.join()
    assert len(told) >= 4
    portero.start()
    listed = portero.cli("user", "list")
    missing = [account for account in told if account.split("/")[1] not in listed]
    assert not missing


def test_a_second_portero_on_the_same_store_is_refused(lone, tmp_path):
    house = lone()
    portero = house.portero
    second = Portero(tmp_path, store=f'engine = "sled"\npath = "{portero.data}"')
    result = second.run("run")
    assert result.returncode == 1
    assert result.stderr.strip(), "it says why"
    portero.sign_in(house.person(apps=("shop",)))


def test_the_command_line_works_with_and_without_a_running_portero(lone):
    house = lone()
    portero = house.portero
    during = house.person(apps=("shop",))
    portero.stop()
    after = house.person(apps=("shop",))
    portero.start()
    portero.sign_in(during)
    portero.sign_in(after)


def test_secrets_on_disk_are_their_owners_alone(lone):
    house = lone()
    portero = house.portero
    house.person(apps=("shop",))
    assert stat.S_IMODE(os.stat(portero.data / "control.sock").st_mode) == 0o600
    assert stat.S_IMODE(os.stat(portero.data).st_mode) & 0o077 == 0
    assert stat.S_IMODE(os.stat(portero.data / "sled").st_mode) & 0o077 == 0, "whoever made the folder around it"
    portero.stop()
    for path in portero.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert PASSWORD.encode() not in content, path
            assert b"PRIVATE KEY" not in content, path
    assert PASSWORD not in portero.log_text()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_calmly_when_asked_to(lone, how):
    assert lone().portero.stop(how) == 0


def test_a_file_with_faults_names_each_of_them_by_place(tmp_path):
    portero = Portero(tmp_path)
    assert portero.run("check").returncode == 0
    lines = portero.config.read_text().splitlines()
    lines += ["[session]", 'idle = "soon"', "[nonsense]", "a = 1"]
    portero.config.write_text("\n".join(lines))
    result = portero.run("check")
    assert result.returncode == 1
    told = result.stdout + result.stderr
    assert f"{portero.config}:{len(lines) - 2}:" in told, told
    assert f"{portero.config}:{len(lines) - 1}:" in told, told
    assert portero.run("run").returncode == 1


def test_the_shipped_configuration_stands_as_it_is(tmp_path):
    result = subprocess.run(
        [BINARY, "check", "--config", ROOT / "config.toml"], capture_output=True, text=True, cwd=tmp_path, timeout=30, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    "arguments",
    [("nonsense",), ("user", "add"), ("user", "add", "acme/x", "--role", "king", "--name", "X"), ("run", "--nonsense")],
)
def test_wrong_usage_ends_with_2(tmp_path, arguments):
    result = Portero(tmp_path).run(*arguments)
    assert result.returncode == 2 and result.stderr


def test_what_fails_ends_with_1_and_says_why(lone):
    house = lone()
    for arguments in (
        ("org", "add", "acme", "--name", "Again"),
        ("user", "add", "nowhere/x", "--name", "X"),
        ("user", "show", "acme/nobody"),
        ("user", "deactivate", "acme/nobody"),
    ):
        result = house.portero.run(*arguments)
        assert result.returncode == 1 and result.stderr.strip(), f"{arguments}: {result}"


def test_results_come_as_json_for_machines(lone):
    house = lone()
    account = house.person(apps=("shop",), groups=("staff",))
    assert {"acme", "other"} <= set(str(house.portero.cli_json("org", "list")).replace("'", " ").split())
    assert account.split("/")[1] in str(house.portero.cli_json("user", "list"))
    shown = str(house.portero.cli_json("user", "show", account))
    assert "staff" in shown and "shop" in shown and "argon2" not in shown


def test_a_crowd_that_takes_every_file_handle_does_not_close_the_store(lone):
    """The store opens files while it writes: finding none to be had must not be the end of it."""
    house = lone()
    portero = house.portero
    account = house.person(apps=("shop",))
    browser = portero.browser()
    page = browser.get(portero.portal("/login"))
    body = urllib.parse.urlencode({**page.form_with("password").fields, **portero.fill(page, account, PASSWORD)})
    headers = {
        "Host": f"{portero.portal_host}:{portero.port}",
        "Cookie": "; ".join(f"{name}={value}" for name, value in browser.jar[portero.portal_host].items()),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    inside = http.client.HTTPConnection("127.0.0.1", portero.port, timeout=30)
    inside.request("GET", "/_portero/jwks.json", headers=headers)
    assert inside.getresponse().read(), "who came before the crowd has a connection"
    process = portero.process.pid
    before = resource.prlimit(process, resource.RLIMIT_NOFILE)
    resource.prlimit(process, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{process}/fd")) + 4, before[1]))
    crowd = [socket.create_connection(("127.0.0.1", portero.port), timeout=20) for _ in range(40)]
    try:
        wait_until("the handles to run out", lambda: "Too many open files" in portero.log_text())
        inside.request("POST", "/_portero/login", body, headers)
        wait_until("the store to notice", lambda: "file handle;" in portero.log_text() or "no more writes" in portero.log_text())
    finally:
        for one in crowd:
            one.close()
    assert inside.getresponse().status == 303, "the sign-in took a little longer"
    inside.close()
    resource.prlimit(process, resource.RLIMIT_NOFILE, before)
    portero.sign_in(account)
