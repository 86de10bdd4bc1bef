"""The outbox against a real mail server: what arrives, what is tried again, what is given up, what survives."""

from __future__ import annotations

import signal

import pytest

from mail_server import PASSWORD, USERNAME, Authority, MailServer
from program import free_port, wait_until
from scrape import Scrape


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def server(authority):
    server = MailServer(authority, free_port())
    yield server
    server.stop()


@pytest.fixture
def posting(lone, server, authority, monkeypatch):
    """Makes a Portero that sends through the server."""

    def make(password: str = PASSWORD, trust=None, tls: str = "starttls"):
        monkeypatch.setenv("SSL_CERT_FILE", str(trust or authority.trust))
        mail = (
            f'transport = "smtp"\nhost = "localhost"\nport = {server.port}\ntls = "{tls}"\n'
            f'username = "{USERNAME}"\npassword = "{password}"\nfrom = "El Portero <door@portero.test>"'
        )
        return lone(mail=mail).portero

    return make


def invite(portero, username: str = "ana") -> str:
    return portero.add_user(f"acme/{username}", name="Ana Núñez", emails=[f"{username}@acme.test"], password=None)


def listed(portero) -> list[dict]:
    return portero.cli_json("mail", "list")


def failed(portero, reason: str, status: str = "waiting") -> dict:
    """Waits for the one message to have failed for that reason."""

    def look():
        mails = listed(portero)
        assert len(mails) == 1, mails
        return mails[0] if mails[0]["failure"] and mails[0]["status"] == status else None

    mail = wait_until(f"a failed try ({reason})", look)
    assert mail["failure"]["reason"] == reason, mail
    return mail


def everything_under(folder) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_an_invitation_arrives_in_text_and_html_with_nothing_secret_outside_of_its_body(posting, server):
    server.start()
    portero = posting()
    temporary = invite(portero)
    message = wait_until("the invitation", lambda: server.messages and server.messages[0])
    assert (message["To"], message["From"]) == ("ana@acme.test", "El Portero <door@portero.test>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith(f"@{portero.portal_host}>")
    assert message["Date"].datetime is not None
    assert message.get_content_type() == "multipart/alternative"
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for part in (text, html):
        assert "Ana Núñez" in part and f"{portero.origin}/_portero/login" in part
    assert temporary in text
    assert not any(temporary in str(value) for value in message.values())
    assert "<img" not in html and "src=" not in html
    wait_until("an empty outbox", lambda: listed(portero) == [])
    assert temporary not in portero.log_text()
    assert temporary.encode() not in everything_under(portero.data), "it never lay in the store in clear"


def test_a_server_that_is_down_gets_the_message_when_it_is_up(posting, server):
    portero = posting()
    invite(portero)
    mail = failed(portero, "connect")
    assert mail["next_try_at"] is not None
    server.start()
    wait_until("the message, without anybody's help", lambda: server.messages)
    wait_until("an empty outbox", lambda: listed(portero) == [])
    assert len(server.messages) == 1


def test_a_wrong_mail_password_waits_for_the_right_one(posting, server):
    server.start()
    portero = posting(password="wrong")
    invite(portero)
    mail = failed(portero, "authentication")
    assert server.messages == [] and "wrong" in server.tried_passwords
    portero.config.write_text(portero.config.read_text("utf-8").replace('"wrong"', f'"{PASSWORD}"'), "utf-8")
    portero.process.send_signal(signal.SIGHUP)
    wait_until("the reload", lambda: "was reloaded" in portero.log_text())
    portero.cli("mail", "retry", mail["id"])
    wait_until("the message", lambda: server.messages)


def test_an_untrusted_mail_server_is_refused_before_it_hears_the_password(posting, server, tmp_path):
    server.start()
    portero = posting(trust=Authority(tmp_path, "stranger").trust)
    invite(portero)
    failed(portero, "tls")
    assert (server.tried_passwords, server.messages) == ([], [])


def test_what_is_refused_for_now_is_tried_again(posting, server):
    server.start()
    server.answer = "451 come back later"
    portero = posting()
    invite(portero)
    assert "come back later" in failed(portero, "deferred")["failure"]["detail"]
    server.answer = None
    wait_until("the message", lambda: server.messages)
    wait_until("an empty outbox", lambda: listed(portero) == [])


def test_what_is_refused_for_good_is_a_dead_letter_that_can_be_retried_or_dropped(posting, server):
    server.start()
    server.answer = "550 no such mailbox"
    portero = posting()
    invite(portero)
    mail = failed(portero, "refused", status="dead")
    assert (mail["tries"], mail["next_try_at"], mail["user"]) == (1, None, "acme/ana")
    assert len(server.recipients) == 1
    assert "no such mailbox" in portero.cli("mail", "list")
    server.answer = None
    portero.cli("mail", "retry", "--all")
    wait_until("the message", lambda: server.messages)
    wait_until("an empty outbox", lambda: listed(portero) == [])
    server.answer = "550 no such mailbox"
    invite(portero, "beto")
    dead = failed(portero, "refused", status="dead")
    portero.cli("mail", "drop", dead["id"])
    assert listed(portero) == []
    assert portero.run("mail", "retry", dead["id"]).returncode == 1


def test_a_message_that_was_accepted_survives_kill_9(posting, server):
    portero = posting()
    temporary = invite(portero)
    failed(portero, "connect")
    portero.stop(signal.SIGKILL)
    assert temporary.encode() not in everything_under(portero.data)
    server.start()
    portero.start()
    wait_until("the message", lambda: server.messages)
    assert temporary in server.messages[0].get_body(("plain",)).get_content()
    wait_until("an empty outbox", lambda: listed(portero) == [])


def test_an_invitation_that_was_made_while_nothing_ran_goes_out_at_the_start(posting, server):
    server.start()
    portero = posting()
    portero.stop()
    temporary = invite(portero)
    assert [mail["status"] for mail in listed(portero)] == ["waiting"]
    portero.start()
    message = wait_until("the message", lambda: server.messages and server.messages[0])
    assert temporary in message.get_body(("plain",)).get_content()


def test_what_waits_is_given_up_and_gets_out_can_be_scraped(posting, server):
    portero = posting()

    def outbox() -> tuple[float, float, float]:
        scrape = Scrape(portero)
        return tuple(scrape.get(f"portero_mail_{name}") for name in ("waiting", "dead", "delivered_total"))

    assert outbox() == (0, 0, 0)
    invite(portero)
    failed(portero, "connect")
    assert outbox() == (1, 0, 0) and Scrape(portero).get("portero_mail_failures_total", reason="connect") >= 1
    server.start()
    server.answer = "550 no such mailbox"
    failed(portero, "refused", status="dead")
    assert outbox() == (0, 1, 0) and Scrape(portero).get("portero_mail_failures_total", reason="refused") == 1
    server.answer = None
    portero.cli("mail", "retry", "--all")
    wait_until("an empty outbox", lambda: listed(portero) == [])
    assert outbox() == (0, 0, 1)
