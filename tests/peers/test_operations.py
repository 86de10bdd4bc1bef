"""What those who operate Portero see: counters that a Prometheus parser reads, and a line for each request that tells no secret."""

from __future__ import annotations

import collections
import json
import pathlib
import re
import socket
import urllib.parse

import pytest
from prometheus_client.parser import text_string_to_metric_families as plain_metrics

from browser import fresh_address
from client import exchange
from conftest import SHOP, application
from program import PASSWORD, Portero, free_port, wait_until
from scrape import Scrape, fetch

ROOT = pathlib.Path(__file__).resolve().parents[2]


def grown(portero: Portero, before: Scrape) -> collections.Counter:
    """The counters that have moved, as {(name, {label values}): by how much}."""
    after = Scrape(portero)
    moved = collections.Counter()
    for (name, labels), value in after.samples.items():
        if name.endswith("_total") and value != (old := before.samples.get((name, labels), 0.0)):
            moved[name, frozenset(value for _, value in labels)] = value - old
    return moved


def row(name: str, *values: str):
    return name, frozenset(values)


REQUESTS, ATTEMPTS = "portero_requests_total", "portero_attempts_total"


@pytest.fixture
def operated(lone, tmp_path, echo):
    """A Portero with an application that answers and one that nobody runs."""
    folder = tmp_path / "operated"
    folder.mkdir()
    dead = application("dead", 'host = "dead.localhost"', free_port(), access='"anyone"')
    shop = application("shop", f'host = "{SHOP}"', echo.port)
    portero = Portero(folder, shop + dead, (SHOP, "dead.localhost")).start()
    # Two, so that the sign-in form asks for the organization.
    portero.add_org("acme")
    portero.add_org("other")
    portero.add_user("acme/ana", apps=("shop",))
    portero.add_user("acme/eve")
    yield portero
    assert portero.stop() == 0
    assert "panicked" not in portero.log_text()


def program(portero: Portero, host: str, target: str = "/x", headers=(), method: str = "GET"):
    return exchange(portero.port, method, target, [("Host", f"{host}:{portero.port}"), ("Accept", "*/*"), *headers])


def test_each_kind_of_answer_moves_its_own_counter(operated):
    ana, _ = operated.sign_in("acme/ana", url=operated.at(SHOP, "/"))
    eve, _ = operated.sign_in("acme/eve")
    eve.get(operated.at(SHOP, "/"))

    before = Scrape(operated)
    assert ana.fetch(operated.at(SHOP, "/ok")).status == 200
    assert grown(operated, before) == {row(REQUESTS, "shop", "application", "2xx"): 1}

    before = Scrape(operated)
    assert program(operated, SHOP).status == 401
    assert grown(operated, before) == {row(REQUESTS, "shop", "portero", "4xx"): 1}

    before = Scrape(operated)
    assert eve.fetch(operated.at(SHOP, "/ok")).status == 403
    assert grown(operated, before) == {
        row(REQUESTS, "shop", "portero", "4xx"): 1,
        # Counted, but not written down once more: the trail has the same of a moment ago.
        row(ATTEMPTS, "enter_application", "not_allowed"): 1,
    }

    before = Scrape(operated)
    assert program(operated, "dead.localhost").status == 502
    assert grown(operated, before) == {
        row(REQUESTS, "dead", "portero", "5xx"): 1,
        row("portero_upstream_failures_total", "dead", "upstream_refused"): 1,
    }

    before = Scrape(operated)
    assert program(operated, "stranger.example").status == 421
    assert program(operated, SHOP, headers=[("Host", "other.example")]).status == 400
    assert grown(operated, before) == {
        row(REQUESTS, "portero", "portero", "4xx"): 2,
        row("portero_malformed_requests_total", "several_hosts"): 1,
    }


def test_sign_ins_are_counted_by_how_they_ended(operated):
    before = Scrape(operated)
    operated.sign_in("acme/ana")
    for account, password in (("acme/ana", "Wrong#Clave2026"), ("acme/nobody", PASSWORD), ("nowhere/ana", PASSWORD)):
        operated.try_sign_in(operated.browser(), account, password)
    after = Scrape(operated)
    outcomes = {
        outcome: after.get(ATTEMPTS, action="sign_in", outcome=outcome) - before.get(ATTEMPTS, action="sign_in", outcome=outcome)
        for outcome in ("ok", "wrong_password", "unknown_user", "unknown_organization")
    }
    assert outcomes == {"ok": 1, "wrong_password": 1, "unknown_user": 1, "unknown_organization": 1}
    wait_until("the session in memory", lambda: Scrape(operated).get("portero_sessions_in_memory") >= 1)


def test_time_here_and_time_there_are_apart(operated):
    ana, _ = operated.sign_in("acme/ana", url=operated.at(SHOP, "/"))
    before = Scrape(operated)
    for _ in range(5):
        ana.fetch(operated.at(SHOP, "/ok"))
    program(operated, SHOP)
    after = Scrape(operated)

    def count(scrape, where):
        return scrape.get(f"portero_{where}_duration_seconds_count", application="shop")

    assert count(after, "gate") - count(before, "gate") == 6
    assert count(after, "upstream") - count(before, "upstream") == 5


def test_a_client_that_gives_up_is_counted_with_the_application_it_waited_for(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = application("slow", f'host = "{SHOP}"', silent.getsockname()[1], access='"anyone"')
        portero = Portero(tmp_path, slow, (SHOP,)).start()
        with socket.create_connection(("127.0.0.1", portero.port)) as client:
            client.sendall(f"GET / HTTP/1.1\r\nHost: {SHOP}:{portero.port}\r\n\r\n".encode())
            taken, _ = silent.accept()
            assert b"GET / " in taken.recv(65536)
            assert Scrape(portero).get("portero_connections_open") >= 1
        wait_until("the count", lambda: Scrape(portero).requests("application", "gone", "slow") == 1)
        assert Scrape(portero).get("portero_upstream_duration_seconds_count", application="slow") == 1
        taken.close()
        portero.stop()


def test_a_scrape_tells_what_runs_and_labels_come_from_the_configuration_alone(operated):
    operated.try_sign_in(operated.browser(), "intruder/mallory", "Mallory#2026")
    program(operated, SHOP, "/very/secret/path?token=abc")
    program(operated, "stranger.example")
    scrape = Scrape(operated)
    version = re.search(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
    assert scrape.get("portero_build_info", version=version) == 1
    assert scrape.get("process_start_time_seconds") > 1_700_000_000
    assert scrape.get("portero_store_writable") == 1
    assert scrape.get("portero_reload_failed", what="configuration") == 0
    assert scrape.get("portero_upstream_servers", application="dead", state="up") == 1
    allowed = {"application", "by", "status", "code", "action", "outcome", "reason", "state", "what", "version", "le"}
    values = set()
    for _, labels in scrape.samples:
        assert {name for name, _ in labels} <= allowed
        values |= {value for name, value in labels if name == "application"}
    assert values == {"shop", "dead", "portero"}
    text = fetch(operated).text
    for outside in ("mallory", "intruder", "secret", "stranger", "ana"):
        assert outside not in text, outside


def test_a_reload_that_fails_shows(operated):
    old = operated.config.read_text(encoding="utf-8")
    operated.config.write_text(old + "\n[nonsense]\n", encoding="utf-8")
    wait_until("the failure", lambda: Scrape(operated).get("portero_reload_failed", what="configuration") == 1)
    assert Scrape(operated).get("portero_reload_failures_total", what="configuration") >= 1
    operated.config.write_text(old, encoding="utf-8")
    wait_until("the recovery", lambda: Scrape(operated).get("portero_reload_failed", what="configuration") == 0)


def test_whoever_knows_only_the_older_format_is_served_too(operated):
    answer = fetch(operated, "text/plain")
    assert answer.header("content-type").startswith("text/plain; version=0.0.4")
    names = {sample.name for family in plain_metrics(answer.text) for sample in family.samples}
    assert {REQUESTS, "portero_gate_duration_seconds_bucket"} <= names


def test_every_series_on_the_dashboard_and_in_the_manual_exists(operated):
    # So that the failures are there to be found.
    program(operated, "dead.localhost")
    program(operated, SHOP, headers=[("Host", "other.example")])
    operated.try_sign_in(operated.browser(), "acme/ana", "Wrong#Clave2026")
    scrape = Scrape(operated)
    known = {name for name, _ in scrape.samples} | set(scrape.families)
    known |= {f"{name}_total" for name, family in scrape.families.items() if family.type == "counter"}
    # It is there with TLS alone.
    known.add("portero_certificate_not_after_timestamp_seconds")

    dashboard = json.loads((ROOT / "docs/grafana-dashboard.json").read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert len(expressions) > 10
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for text in [*expressions, manual]:
        for name in re.findall(r"\b(?:portero|process)_[a-z_]+\b", text):
            assert name in known, name
    for name, family in scrape.families.items():
        assert name in manual, f"the manual lacks {name}"


# -- the log ---------------------------------------------------------------------------------------------------------------------


def lines_of(portero: Portero) -> list[dict]:
    """Every whole line of the log; each has to be JSON."""
    return [json.loads(line) for line in portero.log_text().splitlines(keepends=True) if line.endswith("\n")]


def access(portero: Portero, path: str) -> dict:
    """The one access line for `path`."""

    def found():
        return [line for line in lines_of(portero) if line["target"] == "access" and line["path"] == path]

    lines = wait_until(f"the line of {path}", found)
    assert len(lines) == 1, lines
    return lines[0]


def test_json_lines_tell_who_did_what_and_no_secret(lone):
    house = lone(log='access = true\nformat = "json"')
    portero = house.portero
    account = house.person(apps=("shop",))
    browser = portero.browser()
    wrong = "Otra#Clave2026"
    page = browser.get(portero.at(SHOP, "/landing?token=query-secret-1"))
    tokens = {value for value in page.form_with("password").hidden().values() if len(value) > 20}
    portero.try_sign_in(browser, account, wrong)
    portero.sign_in(account, url=portero.at(SHOP, "/first?code=query-secret-2"), browser=browser)
    sent = [("Authorization", "Bearer header-secret"), ("X-Request-Id", "mine"), ("X_Request_Id", "mine-too")]
    answer = browser.fetch(portero.at(SHOP, "/orders/7?key=query-secret-3"), headers=sent)
    seen = {name.lower(): value for name, value in answer.json()["headers"]}

    line = access(portero, "/orders/7")
    organization, username = account.split("/")
    assert {name: line[name] for name in ("method", "host", "status", "by", "application", "organization", "username")} == {
        "method": "GET",
        "host": SHOP,
        "status": 200,
        "by": "application",
        "application": "shop",
        "organization": organization,
        "username": username,
    }
    assert line["bytes"] == len(answer.body) and line["complete"] is True
    assert line["client"].startswith("127.") and line["level"] == "INFO" and line["timestamp"]
    assert 0 < line["upstream_ms"] < line["total_ms"] and 0 < line["gate_ms"] < line["total_ms"]
    # The application can be asked about the same request, and nobody else chose its name.
    assert seen["x-request-id"] == line["request_id"] and "mine" not in json.dumps(seen)

    own = [line for line in lines_of(portero) if line["target"] == "access" and line["path"] == "/_portero/login"]
    assert {line["status"] for line in own} >= {200, 303, 401} and not any("application" in line for line in own)
    audits = [line for line in lines_of(portero) if line["target"] == "audit"]
    people, machine = ([line for line in audits if ("address" in line) is known] for known in (True, False))
    assert {line["reason"] for line in people} >= {"ok", "wrong_password"} and people[0]["address"].startswith("127.")
    assert {line["action"] for line in machine} >= {"add_organization", "add_user"}
    assert all(line["actor"].startswith("command line") for line in machine)

    cookies = {value for jar in browser.jar.values() for value in jar.values()}
    secrets = {PASSWORD, wrong, "header-secret", "query-secret"} | {value for value in cookies | tokens if len(value) > 8}
    assert len(secrets) > 6, "a session, a browser, a form's token"
    log = portero.log_text()
    for secret in secrets:
        assert secret not in log and urllib.parse.quote(secret, safe="") not in log, secret


def test_text_lines_cannot_be_forged_and_are_silent_unless_asked_for(lone):
    silent = lone()
    program(silent.portero, SHOP, "/quiet")
    told = lone(log="access = true").portero
    program(told, SHOP, '/x"status=200%22')
    program(told, SHOP, "/last")
    wait_until("the lines", lambda: "/last" in told.log_text())
    lines = [line for line in told.log_text().splitlines() if " access: " in line]
    assert len(lines) == 2 and all(len(re.findall(r" status=\d+ ", line)) == 1 for line in lines), lines
    assert "access" not in "".join(line for line in silent.portero.log_text().splitlines() if "/quiet" in line)


def test_access_lines_begin_with_a_reload(lone):
    portero = lone().portero
    portero.config.write_text(portero.config.read_text(encoding="utf-8") + "\n[log]\naccess = true\n", encoding="utf-8")

    def told() -> bool:
        program(portero, SHOP, "/again", [("X-Test", fresh_address())])
        return " access: " in portero.log_text()

    wait_until("a line", told)
