"""Users as files, over the web: taken in all or none, carried away without secrets; and a form that outlives the password's freshness."""

from __future__ import annotations

import csv
import io
import pathlib
import socket
import urllib.parse

import pytest

from program import PASSWORD
from test_admin import Office

BOUNDARY = "portero-tests-7d1f"


@pytest.fixture
def office(lone):
    return Office(lone(organizations=()).portero)


def multipart(fields: dict[str, str], file: tuple[str, str] | None) -> str:
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
    if file:
        parts.append(f'Content-Disposition: form-data; name="file"; filename="{file[0]}"\r\nContent-Type: text/csv\r\n\r\n{file[1]}')
    return "".join(f"--{BOUNDARY}\r\n{part}\r\n" for part in parts) + f"--{BOUNDARY}--\r\n"


def send(office, who: str, table: str | None, *, key: str, origin: str | None = "", **fields: str):
    """Sends a table as the page's form does."""
    fields = {"csrf": office.token(who), **fields}
    headers = [("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")]
    browser = office.of(who)
    url = office.at("/users/import", key=key)
    origin = office.portero.origin if origin == "" else origin
    if origin is not None:
        headers.append(("Origin", origin))
    body = multipart(fields, table and ("staff.csv", table)).encode()
    return browser._navigate("POST", url, body, headers, True, "same-origin" if origin == office.portero.origin else "cross-site")


def exported(office, who: str, key: str) -> list[dict[str, str]]:
    browser = office.of(who)
    browser.allowed = browser.allowed | {"content-disposition", "transfer-encoding"}
    answer = browser.fetch(office.at("/users/export", key=key))
    assert answer.status == 200 and answer.header("content-type").startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


# A5
def test_users_come_in_from_a_table_and_go_out_as_one(office):
    page = office.show("norte/jefa", "/users/import", key="norte")
    assert page.status == 200 and page.form_with("file").fields["csrf"]
    table = "username;name;email;role;organization\r\neva;Eva Ruiz;eva@example.test;admin;\r\nluz;=1+1;luz@example.test;;sala\r\n"
    looked = send(office, "norte/jefa", table, key="norte", look="1")
    assert looked.status == 200 and "2 users can be taken in" in looked.words
    assert "luz" not in office.portero.cli("user", "list")
    done = send(office, "norte/jefa", table, key="norte")
    assert done.status == 200 and "2 users were taken in" in done.words
    assert office.user("norte/eva")["role"] == "admin" and office.user("sala/luz")["name"] == "=1+1"
    # The password is set by whoever owns the mailbox.
    assert office.user("norte/eva")["password"] is None
    rows = exported(office, "norte/jefa", "norte")
    assert {row["username"] for row in rows} == {"jefa", "ana", "oper", "eva"}
    assert all(not any("argon2" in value for value in row.values()) for row in rows)
    assert exported(office, "acme/olga", "sala")[-1]["username"] == "sol"
    assert next(row for row in exported(office, "norte/jefa", "sala") if row["username"] == "luz")["name"] == "'=1+1"
    events = office.events()
    assert any(event.get("note") == "staff.csv: 2 users, among them admin norte/eva" for event in events)
    actions = [(event["action"], event["organization"]) for event in events if "users" in event["action"]]
    assert actions.count(("import_users", "norte")) == 1 and actions.count(("export_users", "norte")) == 1


# A5
def test_every_fault_of_a_table_is_told_with_its_line_and_nothing_is_taken_in(office):
    before = office.portero.cli("user", "list")
    table = "username,email,role,organization\neva,eva@example.test,,\nana,ana@example.test,,\nx y,nobody,,\nluz,l@example.test,operator,\n"
    page = send(office, "norte/jefa", table + "zed,z@example.test,,zeta\n", key="norte")
    assert page.status == 422
    for said in (
        "Line 3: There is already a user norte/ana.",
        "Line 4: What stands there is not possible: “email: nobody”.",
        "Line 5: You cannot give the role operator.",
        "Line 6: There is no organization zeta.",
    ):
        assert said in page.words, page.words
    spanish = office.of("norte/jefa")
    spanish.get(office.portero.portal("/portal") + "?lang=es")
    assert "Línea 3: Ya existe el usuario norte/ana." in send(office, "norte/jefa", table, key="norte").words
    assert send(office, "norte/jefa", None, key="norte").status == 422
    hashed = "username,email,password_hash\neva,e@example.test,$2b$05$abcdefghijklmnopqrstuuHZpvB32Oy42t2k7E0rxE0TOCj8djbLm\n"
    assert "password_hash" in send(office, "norte/jefa", hashed, key="norte").words
    assert office.portero.cli("user", "list") == before


# A1, A5
def test_nobody_sends_or_fetches_a_table_but_an_administrator_of_the_branch_from_the_own_page(office):
    before = office.portero.cli("user", "list")
    table = "username,email\neva,eva@example.test\n"
    assert send(office, "norte/jefa", table, key="zeta").status == 404
    assert send(office, "norte/jefa", table, key="norte", csrf="x" * 43).status == 422
    assert send(office, "norte/jefa", table, key="norte", origin="https://evil.example").status == 403
    assert office.of("norte/jefa").post(office.at("/users/import", key="norte"), {"file": table}, origin=office.portero.origin).status == 415
    large = send(office, "norte/jefa", "username,email\n" + "x" * (4 * 1024 * 1024), key="norte")
    assert large.status == 413
    for who, key, status in (("norte/ana", "norte", 403), ("norte/jefa", "zeta", 404), ("norte/jefa", "acme", 404)):
        assert office.show(who, "/users/export", key=key).status == status
    stranger = office.portero.browser()
    assert stranger.get(office.at("/users/export", key="norte")).path == "/_portero/login"
    assert office.portero.cli("user", "list") == before


# A1, A5
def test_nobody_who_may_not_take_a_file_in_has_it_read(office):
    """A megabyte is announced and not sent: whoever waits for it would not answer."""
    head = [
        ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"),
        ("Content-Length", str(1024 * 1024)),
        ("Origin", office.portero.origin),
        ("Sec-Fetch-Site", "same-origin"),
        ("Connection", "close"),
    ]

    def begin(who: str, key: str) -> int:
        browser = office.of(who)
        url = urllib.parse.urlsplit(office.at("/users/import", key=key))
        cookies = "; ".join(f"{name}={value}" for name, value in browser.jar[url.hostname].items())
        lines = [f"POST {url.path}?{url.query} HTTP/1.1", f"Host: {url.netloc}", f"Cookie: {cookies}"]
        lines += [f"{name}: {value}" for name, value in head]
        with socket.create_connection(("127.0.0.1", office.portero.port), timeout=10) as connection:
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            return int(connection.recv(100).split()[1])

    assert begin("norte/ana", "norte") == 403
    assert begin("norte/jefa", "zeta") == 404
    with pytest.raises(TimeoutError):
        begin("norte/jefa", "norte")


# A5
def test_a_large_table_is_sent_in_parts(office):
    page = send(office, "norte/jefa", "username,email\n" + "".join(f"u{n},u{n}@x.test\n" for n in range(10_001)), key="norte")
    assert page.status == 422 and "more than 10000 rows" in page.words


def test_whoever_guesses_in_a_form_is_told_when_to_come_back(office):
    jefa = office.of("norte/jefa")
    form = office.show("norte/jefa", "/user/emails", user="norte/ana")
    later(office.portero, 6 * 60)
    typed = {"emails": "nueva@example.test", "why": "a new domain"}
    asked = jefa.submit(form, form.form_with("why"), typed)
    for _ in range(30):
        asked = jefa.submit(asked, asked.form_with("why"), {**typed, "password": "Wrong#Pass1"})
        if asked.status == 429:
            break
    assert asked.status == 429 and int(asked.response.header("retry-after")) > 0


def later(portero, seconds: int) -> None:
    """Starts Portero anew so many seconds from now."""
    library = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
    assert library, "libfaketime is missing: tests/run installs it"
    portero.environment |= {"LD_PRELOAD": str(library), "FAKETIME": f"+{seconds}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    portero.restart()


# A2
def test_a_form_sent_after_five_minutes_keeps_what_was_typed_and_asks_for_the_password_itself(office):
    jefa = office.of("norte/jefa")
    form = office.show("norte/jefa", "/user/emails", user="norte/ana")
    later(office.portero, 6 * 60)
    typed = {"emails": "nueva@example.test", "why": "a new domain"}
    asked = jefa.submit(form, form.form_with("why"), typed)
    assert asked.status == 401 and "More than five minutes" in asked.words
    again = asked.form_with("password")
    assert (again.fields["emails"], again.fields["why"]) == (typed["emails"], typed["why"])
    assert office.user("norte/ana")["emails"] == ["norte.ana@example.test"]
    wrong = jefa.submit(asked, again, {"password": "Wrong#Pass1"})
    assert wrong.status == 401 and wrong.form_with("password").fields["why"] == typed["why"]
    assert office.user("norte/ana")["emails"] == ["norte.ana@example.test"]
    assert "Wrong#Pass1" not in wrong.text
    done = jefa.submit(wrong, wrong.form_with("password"), {"password": PASSWORD})
    assert done.status == 200 and office.user("norte/ana")["emails"] == ["nueva@example.test"]
    # The export asks first, and goes on from there.
    later(office.portero, 12 * 60)
    assert office.show("norte/jefa", "/users/export", key="norte").path == "/_portero/admin/confirm"
    refused = send(office, "norte/jefa", "username,email\neva,eva@example.test\n", key="norte")
    assert refused.status == 401
    taken = send(office, "norte/jefa", "username,email\neva,eva@example.test\n", key="norte", password=PASSWORD)
    assert taken.status == 200 and "One user was taken in" in taken.words
