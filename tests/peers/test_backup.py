"""Backups and exports of a house in use, and what comes of them elsewhere."""

import json
import os
import shutil
import stat
import threading

import pytest

from conftest import SHOP
from program import PASSWORD


def lists(portero):
    """Organizations, users and audit events, as the command line tells them."""
    users = portero.cli_json("user", "list")
    for user in users:
        # Written behind, so it may be a little older after a restart.
        user.pop("last_active_at")
    events = [json.loads(line) for line in portero.cli("audit", "--json").splitlines()]
    return portero.cli_json("org", "list"), users, events


def records(path, kind):
    lines = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    return [line["record"] for line in lines if line["kind"] == kind]


def elsewhere(lone, portero):
    """Another Portero that has never run, with the master key of the first and its port: cookies then go there."""
    other = lone(organizations=()).portero
    other.stop()
    shutil.rmtree(other.data)
    other.data.mkdir(mode=0o700)
    shutil.copy(portero.data / "master.key", other.data / "master.key")
    text = other.config.read_text("utf-8")
    other.config.write_text(text.replace(str(other.port), str(portero.port)), "utf-8")
    other.port = portero.port
    return other


def test_a_backup_of_a_house_in_use_is_whole_and_a_cookie_works_after_it_is_restored(lone, tmp_path):
    house = lone()
    portero = house.portero
    browser, _ = portero.sign_in(house.person(apps=("shop",)), url=portero.at(SHOP, "/"))
    before = {user["username"] for user in portero.cli_json("user", "list")}
    enough = threading.Event()
    failed = []

    def busy(number):
        step = 0
        while not enough.is_set() or step < 2:
            account = f"acme/busy{number}-{step}"
            try:
                portero.add_user(account, apps=("shop",))
                portero.sign_in(account, url=portero.at(SHOP, "/"))
            except AssertionError as error:
                failed.append(error)
                return
            step += 1

    crowd = [threading.Thread(target=busy, args=(number,)) for number in range(3)]
    for one in crowd:
        one.start()
    backups = [tmp_path / f"{number}.backup" for number in range(3)]
    told = [portero.cli_json("backup", str(path)) for path in backups]
    enough.set()
    for one in crowd:
        one.join()
    assert not failed, failed
    for path, one in zip(backups, told):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert one["bytes"] == path.stat().st_size
        users = {user["id"]: user for user in records(path, "user")}
        assert before <= {user["username"] for user in users.values()}
        sessions = {session["id"]: session for session in records(path, "session")}
        assert all(session["user"] in users for session in sessions.values())
        assert all(token["session"] in sessions for token in records(path, "session_token"))
    final = tmp_path / "final.backup"
    organizations, users, events = lists(portero)
    portero.cli("backup", str(final))
    portero.stop()
    other = elsewhere(lone, portero)
    other.cli("restore", str(final))
    restored = lists(other)
    assert restored[0] == organizations and restored[1] == users
    assert restored[2][:-1] == events and restored[2][-1]["action"] == "restore"
    assert restored[2][-1]["actor"] == f"command line, uid {os.getuid()}"
    other.start()
    assert browser.fetch(other.at(SHOP, "/who")).status == 200


def test_an_export_is_taken_in_by_a_new_store_or_not_at_all(lone, tmp_path):
    house = lone()
    portero = house.portero
    house.person()
    expected = lists(portero)
    text = portero.cli("export", "-")
    portero.stop()
    other = elsewhere(lone, portero)
    refused = other.run("import", "-", stdin=text.replace('"username":"person', '"username":"per son', 1) + '{"kind":"x"}\n')
    numbers = [line.split(":")[1] for line in refused.stderr.splitlines() if line.startswith("-:")]
    assert refused.returncode == 1 and len(numbers) >= 2 and numbers[-1] == str(len(text.splitlines()) + 1), refused.stderr
    assert not (other.data / "sled").exists() and not (other.data / "sled.incoming").exists()
    other.cli("import", "-", stdin=text)
    organizations, users, events = lists(other)
    assert (organizations, users, events[:-1]) == expected


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[: len(b) // 2], lambda b: b[:900] + bytes([b[900] ^ 1]) + b[901:]])
def test_a_damaged_backup_is_refused_and_the_store_stays(lone, tmp_path, damage):
    portero = lone().portero
    whole, bad = tmp_path / "whole.backup", tmp_path / "bad.backup"
    portero.cli("backup", str(whole))
    bad.write_bytes(damage(whole.read_bytes()))
    running = portero.run("restore", str(whole))
    assert running.returncode == 1 and "another Portero holds the store" in running.stderr
    portero.stop()
    expected = lists(portero)
    occupied = portero.run("restore", str(whole))
    assert occupied.returncode == 1 and "--force" in occupied.stderr
    refused = portero.run("restore", "--force", str(bad))
    assert refused.returncode == 1 and "use another copy" in refused.stderr, refused.stderr
    assert lists(portero) == expected
    portero.cli("restore", "--force", str(whole))
    assert len(list(portero.data.glob("sled.before-*"))) == 1
    portero.start()


def test_the_trail_is_followed_while_people_sign_in(lone):
    import subprocess

    from program import BINARY

    house = lone()
    portero = house.portero
    account = house.person()
    follower = subprocess.Popen(
        [BINARY, "audit", "--follow", "--json", "--user", account, "--config", portero.config],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert json.loads(follower.stdout.readline())["action"] == "add_user"
        portero.try_sign_in(portero.browser(), account, "wrong" + PASSWORD)
        event = json.loads(follower.stdout.readline())
        assert (event["action"], event["reason"]) == ("sign_in", "wrong_password")
    finally:
        follower.kill()
        follower.communicate()
