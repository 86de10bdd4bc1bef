"""The account flows under attack: each step skipped, repeated, emptied and forged; names of hosts, line ends and sizes made up; a
process killed between what was promised and what was done."""

import email
import email.policy
import re
import signal
import socket
import threading
import time

import pytest

from client import exchange
from conftest import SHOP, house_with_mail
from mail_folder import temporary_password_of, text_of
from program import free_port, wait_until
from test_deactivation import ask_temporary_password
from test_sign_in import change

NEW = "Nueva#Clave2027"
EVIL = "evil.example"


@pytest.fixture(scope="module")
def mailing_and_mail(tmp_path_factory, echo):
    with house_with_mail(tmp_path_factory.mktemp("mailing"), echo) as both:
        yield both


@pytest.fixture(scope="module")
def mailing(mailing_and_mail):
    return mailing_and_mail[0]


@pytest.fixture(scope="module")
def letters(mailing_and_mail):
    return mailing_and_mail[1]


def open_update_page(portero, account, temporary):
    browser = portero.browser()
    page = portero.try_sign_in(browser, account, temporary)
    assert page.path == "/_portero/password" and page.has_form_with("new_password"), (page.status, page.words)
    return browser, page


def is_unchanged(portero, account, temporary):
    """The temporary password still opens the page: nothing was set, and nothing was used up."""
    open_update_page(portero, account, temporary)


# -- /password -------------------------------------------------------------------------------------------------------------------


def test_the_update_page_cannot_be_reached_by_skipping_what_comes_before(mailing):
    portero = mailing.portero
    temporary = portero.add_user("acme/skipped", password=None)
    fields = {"old_password": temporary, "new_password": NEW, "confirm_password": NEW, "username": "skipped", "organization": "acme"}
    stranger = portero.browser()
    assert stranger.get(portero.portal("/password"), follow=False).status == 302
    page = stranger.get(portero.portal("/login"))
    csrf = page.form_with("password").fields["csrf"]
    for forged in ("", "A" * 43, csrf):
        stranger.jar[portero.portal_host]["portero-change"] = forged
        refused = stranger.post(portero.portal("/password"), fields | {"csrf": csrf}, origin=portero.origin, follow=False)
        assert refused.status == 303 and refused.response.header("location") == "/_portero/login", refused.status
    # A ticket is worth nothing in another browser.
    browser, _ = open_update_page(portero, "acme/skipped", temporary)
    stranger.jar[portero.portal_host]["portero-change"] = browser.jar[portero.portal_host]["portero-change"]
    refused = stranger.post(portero.portal("/password"), fields | {"csrf": csrf}, origin=portero.origin, follow=False)
    assert refused.status == 303 and refused.response.header("location") == "/_portero/login"
    is_unchanged(portero, "acme/skipped", temporary)


def test_the_update_form_is_refused_emptied_doubled_and_forged_and_works_once(mailing):
    portero = mailing.portero
    temporary = portero.add_user("acme/forged", password=None)
    browser, page = open_update_page(portero, "acme/forged", temporary)
    form = page.form_with("new_password")
    whole = dict(form.fields) | {"old_password": temporary, "new_password": NEW, "confirm_password": NEW}

    def send(fields):
        return browser.post(portero.portal("/password"), fields, origin=portero.origin, follow=False).status

    for name in ("old_password", "new_password", "confirm_password", "csrf"):
        assert send(whole | {name: ""}) in (401, 422), name
        assert send({key: value for key, value in whole.items() if key != name}) in (401, 422), name
    assert send({}) == 422
    other_form = browser.get(portero.portal("/recover/temporary-password")).form_with("email").fields["csrf"]
    for forged in (other_form, whole["csrf"][:-1], whole["csrf"] + "A", "\x00"):
        assert send(whole | {"csrf": forged}) == 422, forged
    doubled = "&".join(f"{key}={value}" for key, value in {**whole, "csrf": whole["csrf"]}.items()).replace("#", "%23")
    assert send(doubled + "&new_password=Otra%23Clave2028") == 400
    for method in ("PUT", "DELETE", "PATCH"):
        assert browser.fetch(portero.portal("/password"), method=method).status == 405
    page = change(browser.get(portero.portal("/password")), browser, temporary, NEW)
    assert page.status == 200 and not page.has_form_with("new_password"), page.words
    # Once more, with everything as it was: the ticket is used up, and the password stays.
    assert send(whole | {"new_password": "Otra#Clave2028", "confirm_password": "Otra#Clave2028"}) == 303
    portero.sign_in("acme/forged", NEW)
    assert portero.try_sign_in(portero.browser(), "acme/forged", temporary).status == 401


# -- /recover/temporary-password ---------------------------------------------------------------------------------------------------


def test_a_request_for_a_temporary_password_is_refused_emptied_doubled_and_forged(mailing, letters):
    portero = mailing.portero
    account, address = mailing.person(emails=["steps@acme.test"]), "steps@acme.test"
    browser = portero.browser()
    where = portero.portal("/recover/temporary-password")
    whole = dict(browser.get(where).form_with("email").fields)
    whole |= {"organization": "acme", "username": account.split("/")[1], "email": address}

    def send(fields, browser=browser):
        return browser.post(where, fields, origin=portero.origin, follow=False).status

    for name in ("username", "email", "csrf"):
        assert send(whole | {name: ""}) == 422, name
        assert send({key: value for key, value in whole.items() if key != name}) == 422, name
    sign_in_form = browser.get(portero.portal("/login")).form_with("password").fields["csrf"]
    for forged in (sign_in_form, "A" * 43, whole["csrf"][::-1]):
        assert send(whole | {"csrf": forged}) == 422, forged
    assert send(whole, portero.browser()) == 422, "another browser's form"
    assert send("&".join(f"{key}={value}" for key, value in whole.items()) + "&email=eve@evil.test") == 400
    assert browser.post(where, whole, origin=f"https://{EVIL}", site="cross-site", follow=False).status == 403
    # Skipping the request: the page behind it promises nothing and does nothing.
    assert browser.get(portero.portal("/recover/sent")).status == 200
    assert browser.post(portero.portal("/recover/sent"), whole, origin=portero.origin, follow=False).status == 405
    assert portero.cli_json("mail", "list") == [] and letters.unread() == []
    # Repeating it is a request like the first.
    assert [send(whole), send(whole)] == [303, 303]
    first, second = letters.next(address), letters.next(address)
    assert temporary_password_of(first) != temporary_password_of(second)
    events = [line for line in portero.log_text().splitlines() if "action=request_temporary_password reason=bad_form" in line]
    assert events and all(address not in line for line in events)


# -- what is made up ---------------------------------------------------------------------------------------------------------------


def test_no_made_up_host_gets_into_a_mail_or_a_redirect(mailing, letters):
    portero = mailing.portero
    account = mailing.person(emails=["host@acme.test"])
    forged = [
        ("X-Forwarded-Host", EVIL),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Server", EVIL),
        ("X-Original-URL", f"https://{EVIL}/"),
        ("X-Host", EVIL),
        ("Forwarded", f"host={EVIL};proto=https"),
    ]
    page = ask_temporary_password(portero, account, "host@acme.test", headers=forged)
    assert page.status == 303 and EVIL not in page.response.header("location")
    message = letters.next("host@acme.test")
    links = re.findall(r"https?://[^\s\"<>]+", message.as_string() + text_of(message))
    assert links and EVIL not in message.as_string()
    assert all(link.startswith(f"{portero.origin}/_portero/") for link in re.findall(r"https?://\S+", text_of(message)))
    # A Host that is not ours is not served at all.
    browser = portero.browser()
    fields = browser.get(portero.portal("/recover/temporary-password")).form_with("email").fields
    body = "&".join(f"{key}={value}" for key, value in fields.items()).encode()
    for host in (EVIL, f"{EVIL}:{portero.port}", f"{portero.portal_host}.{EVIL}"):
        headers = [
            ("Host", host),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Cookie", "; ".join(f"{name}={value}" for name, value in browser.jar[portero.portal_host].items())),
        ]
        answer = exchange(portero.port, "POST", "/_portero/recover/temporary-password", headers, body, source=browser.source)
        assert answer.status == 421, (host, answer.status)
    assert letters.unread() == []


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r", "\u2028", "\x00"])
def test_line_ends_in_fields_get_into_no_header_and_no_mail(mailing, letters, ends):
    portero = mailing.portero
    account = mailing.person(emails=["lines@acme.test"])
    username = account.split("/")[1]
    for field, value in (
        ("email", f"lines@acme.test{ends}Bcc: eve@evil.test"),
        ("email", f"eve@evil.test{ends}lines@acme.test"),
        ("username", f"{username}{ends}Set-Cookie: portero=eve"),
        ("organization", f"acme{ends}Location: https://{EVIL}"),
    ):
        browser = portero.browser()
        page = browser.get(portero.portal("/recover/temporary-password"))
        values = {"organization": "acme", "username": username, "email": "lines@acme.test"} | {field: value}
        page = browser.submit(page, page.form_with("email"), values, follow=False)
        # The client is strict about header lines; nothing was added to any.
        assert page.status in (303, 422), (field, page.status)
        assert all("eve" not in cookie for cookie in page.response.all("set-cookie"))
        page = portero.try_sign_in(portero.browser(), f"acme/{username}{ends}x", "wrong")
        assert page.status == 401
    assert portero.cli_json("mail", "list") == []
    assert all(message["To"] != "eve@evil.test" and message["Bcc"] is None for message in letters.all())


@pytest.mark.parametrize("path", ["/login", "/password", "/recover/temporary-password"])
def test_a_megabyte_of_password_is_refused_at_once(mailing, path):
    portero = mailing.portero
    account = mailing.person()
    browser, _ = portero.sign_in(account)
    huge = "A#1" + "x" * (1 << 20)
    fields = {"organization": "acme", "username": account.split("/")[1], "password": huge, "old_password": huge}
    before = time.monotonic()
    answer = browser.post(
        portero.portal(path), fields | {"new_password": huge, "confirm_password": huge, "email": huge}, origin=portero.origin
    )
    assert answer.status in (413, 422), answer.status
    assert time.monotonic() - before < 5
    assert portero.cli_json("user", "show", account)["locked_until"] is None
    portero.sign_in(account)


# -- between promise and deed ------------------------------------------------------------------------------------------------------


class HangingServer:
    """A mail server that greets and says nothing more until it is told to work; then it takes messages."""

    def __init__(self) -> None:
        self.port = free_port()
        self.works = False
        self.greeted = threading.Event()
        self.messages: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            say = lambda line: (stream.write(line + b"\r\n"), stream.flush())
            try:
                say(b"220 sink")
                for line in stream:
                    word = line[:4].upper()
                    if not self.works and word not in (b"EHLO", b"HELO", b"MAIL"):
                        self.greeted.set()
                        stream.read(1)
                        return
                    if word == b"DATA":
                        say(b"354 go on")
                        body = b""
                        for part in stream:
                            if part == b".\r\n":
                                break
                            body += part
                        self.messages.append(body)
                    say(b"250 OK" if word != b"QUIT" else b"221 bye")
            except OSError:
                pass

    def close(self) -> None:
        self.listener.close()


@pytest.fixture
def sink():
    server = HangingServer()
    yield server
    server.close()


def test_what_was_accepted_and_not_yet_sent_arrives_once_after_kill_9(lone, sink):
    mail = f'transport = "smtp"\nhost = "127.0.0.1"\nport = {sink.port}\ntls = "none"\nfrom = "door@portero.test"'
    portero = (house := lone(mail=mail)).portero
    account = house.person(emails=["killed@acme.test"])
    assert ask_temporary_password(portero, account, "killed@acme.test").status == 303
    assert sink.greeted.wait(20), "the message is under way"
    portero.stop(signal.SIGKILL)
    assert sink.messages == []
    sink.works = True
    portero.start()
    wait_until("the message", lambda: sink.messages)
    wait_until("an empty outbox", lambda: portero.cli_json("mail", "list") == [])
    portero.restart()
    assert portero.cli_json("mail", "list") == []
    assert len(sink.messages) == 1 and b"killed@acme.test" in sink.messages[0]
    # And what arrived is what counts.
    temporary = temporary_password_of(email.message_from_bytes(sink.messages[0], policy=email.policy.default))
    page = portero.try_sign_in(portero.browser(), account, temporary)
    assert page.path == "/_portero/password"


# -- no trail without end ----------------------------------------------------------------------------------------------------------


def test_a_loop_of_forbidden_requests_leaves_one_event(mailing):
    portero = mailing.portero
    account = mailing.person(apps=())
    browser, _ = portero.sign_in(account)
    for _ in range(30):
        assert browser.get(portero.at(SHOP, "/orders")).status == 403
    told = [line for line in portero.log_text().splitlines() if "action=enter_application" in line and account.split("/")[1] in line]
    assert len(told) == 1, told
