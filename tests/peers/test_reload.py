"""A changed configuration is taken up while everything goes on; a faulty one is not."""

import datetime
import os
import re
import signal
import ssl
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from client import exchange
from conftest import SHOP, application
from mail_folder import Mailbox
from program import BINARY, Portero, free_port, wait_until
from scrape import Scrape

REDIRECT_HEADERS = frozenset({"location", "connection", "content-length", "content-type", "date"})


def name_of(portero) -> str:
    return portero.browser().get(portero.portal("/login")).text


def test_a_changed_file_is_taken_up_by_itself_and_a_faulty_one_is_not(lone):
    house = lone()
    portero = house.portero
    account = house.person(apps=("shop",))
    browser, _ = portero.sign_in(account, url=portero.at(SHOP, "/"))
    old = portero.config.read_text(encoding="utf-8")
    portero.config.write_text(old.replace("Portero of the tests", "Another name"), encoding="utf-8")
    wait_until("the new name", lambda: "Another name" in name_of(portero))
    assert browser.fetch(portero.at(SHOP, "/who")).status == 200, "who was in stays in"
    portero.config.write_text(old.replace("Portero of the tests", "Third name") + "\nnonsense = 1\n[servr]\n", encoding="utf-8")
    wait_until("the complaint", lambda: "the old configuration stays in force" in portero.log.read_text(encoding="utf-8"))
    assert "servr" in portero.log.read_text(encoding="utf-8")
    assert "Another name" in name_of(portero)
    portero.config.write_text(old.replace("Portero of the tests", "Last name"), encoding="utf-8")
    portero.process.send_signal(signal.SIGHUP)
    wait_until("the last name", lambda: "Last name" in name_of(portero))


def test_plain_http_is_pointed_to_https_for_our_own_hosts_alone(tmp_path, echo):
    port = free_port()
    portero = Portero(
        tmp_path,
        application("shop", 'host = "shop.example.com"', echo.port),
        portal='origin = "https://login.example.com"\nname = "Portero of the tests"',
        server=f'listen = "127.0.0.1:{free_port()}"\nredirect = "127.0.0.1:{port}"',
    )

    def asked(host: str, target: str):
        return exchange(port, "GET", target, [("Host", host), ("Connection", "close")], allowed=REDIRECT_HEADERS)

    with portero.log.open("w") as log:
        process = subprocess.Popen([BINARY, "run", "--config", portero.config], stderr=log, stdout=log)
    try:

        def answers() -> bool:
            try:
                return asked("login.example.com", "/").status == 308
            except ConnectionError:
                return False

        wait_until("the redirect", answers)
        assert asked("shop.example.com", "/a?b=c").header("location") == "https://shop.example.com/a?b=c"
        assert asked("Shop.example.com:80", "/").header("location") == "https://shop.example.com/"
        for host in ("evil.example", "login.example.com.evil.example", "login.example.com@evil.example"):
            refused = asked(host, "/")
            assert refused.status == 421 and refused.header("location") is None, host
    finally:
        process.terminate()
        process.wait(10)


def write_certificate(folder, common_name: str) -> bytes:
    """A self-signed certificate and its key in `folder`. Returns the certificate as DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(common_name)]), critical=False)
    certificate = builder.not_valid_after(now + datetime.timedelta(days=30)).sign(key, hashes.SHA256())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for file, content in (("key.pem", private), ("cert.pem", certificate.public_bytes(serialization.Encoding.PEM))):
        (folder / f"{file}.new").write_bytes(content)
        os.replace(folder / f"{file}.new", folder / file)
    return certificate.public_bytes(serialization.Encoding.DER)


@pytest.fixture
def encrypted(tmp_path):
    """A Portero that speaks TLS."""
    write_certificate(tmp_path, Portero.portal_host)
    portero = Portero(tmp_path)
    text = portero.config.read_text("utf-8").replace(f'"{portero.origin}"', f'"{portero.origin.replace("http:", "https:")}"')
    portero.config.write_text(text.replace("[admin]", 'tls = { cert = "cert.pem", key = "key.pem" }\n[admin]'), "utf-8")
    portero.start()
    yield portero
    portero.stop()


def served(portero) -> bytes:
    pem = ssl.get_server_certificate(("127.0.0.1", portero.port), timeout=30)
    return ssl.PEM_cert_to_DER_cert(pem)


def test_a_renewed_certificate_is_served_and_a_broken_one_leaves_the_old_in_force(encrypted):
    first = served(encrypted)
    renewed = write_certificate(encrypted.folder, Portero.portal_host)
    assert renewed != first
    wait_until("the renewed certificate", lambda: served(encrypted) == renewed)
    (encrypted.folder / "key.pem").write_text("no key", "utf-8")
    wait_until("the fault in the log", lambda: "the old ones stay in force" in encrypted.log_text())
    assert served(encrypted) == renewed


TAKEN_UP = "the configuration was reloaded"


def reload(portero, said: str = TAKEN_UP) -> None:
    """Sends SIGHUP and waits until the log says once more what comes of it."""
    before = portero.log_text().count(said)
    portero.process.send_signal(signal.SIGHUP)
    wait_until(f"another {said!r}", lambda: portero.log_text().count(said) > before)


def change(portero, old: str, new: str) -> None:
    """Changes the configuration and has it taken up."""
    text = portero.config.read_text("utf-8")
    assert text.count(old) == 1, old
    portero.config.write_text(text.replace(old, new), "utf-8")
    reload(portero)


# L5
def test_other_numbers_of_throttling_judge_what_was_counted_already(lone):
    house = lone(throttle="deactivate_after = 3")
    portero = house.portero
    closed, standing = house.person(), house.person()
    statuses = [portero.try_sign_in(portero.browser(), closed, "Otra#Clave2026").status for _ in range(3)]
    assert statuses == [401, 401, 401]
    assert portero.try_sign_in(portero.browser(), closed).status == 429, "the right password, too"
    assert portero.cli_json("user", "show", closed)["locked_until"]

    change(portero, "deactivate_after = 3", "deactivate_after = 6")
    assert portero.cli_json("user", "show", closed)["locked_until"] is None
    statuses = [portero.try_sign_in(portero.browser(), closed, "Otra#Clave2026").status for _ in range(4)]
    assert statuses == [401, 401, 401, 429], "the three that were counted count on"

    statuses = [portero.try_sign_in(portero.browser(), standing, "Otra#Clave2026").status for _ in range(4)]
    assert statuses == [401, 401, 401, 401]
    change(portero, "deactivate_after = 6", "deactivate_after = 3")
    assert portero.try_sign_in(portero.browser(), standing, "Otra#Clave2026").status == 401
    assert portero.try_sign_in(portero.browser(), standing).status == 429, "four are more than three"


def stylesheet_of(portero) -> str:
    return re.search(r"/_portero/assets/[0-9a-f]+\.css", portero.browser().get(portero.portal("/login")).text)[0]


def test_templates_are_taken_up_whole_and_a_faulty_one_leaves_all_as_it_was(lone):
    portero = lone().portero
    templates = portero.folder / "templates"
    templates.mkdir()
    texts, layout = templates / "en.ftl", templates / "signed-out.html"
    texts.write_text("sign-in-again = Come back in\n", "utf-8")
    layout.write_text('<!doctype html><title>Gone</title><p>{{ t(key="sign-in-again") }}</p>', "utf-8")

    def goodbye() -> str:
        browser, page = portero.sign_in(account)
        return browser.submit(page, page.form_to("/logout")).words

    account = "acme/ana"
    portero.add_user(account)
    assert "Come back in" not in goodbye()
    # A folder that is named for the first time.
    change(portero, "[portal]", '[portal]\ntemplates = "templates"')
    assert "Come back in" in goodbye()
    # Nothing changed but what is in the folder.
    texts.write_text("sign-in-again = Come in anew\n", "utf-8")
    reload(portero)
    assert "Come in anew" in goodbye()

    texts.write_text("sign-in-again = Never seen\n", "utf-8")
    layout.write_text("<!doctype html>\n<title>Gone</title>\n<p>{{ page.nonsense }}</p>", "utf-8")
    text = portero.config.read_text("utf-8")
    portero.config.write_text(text.replace("Portero of the tests", "Never named"), "utf-8")
    reload(portero, "the old ones and the old configuration stay in force")
    assert f"{layout}:3:" in portero.log_text()
    assert "Come in anew" in goodbye() and "Never named" not in name_of(portero)
    assert Scrape(portero).get("portero_reload_failed", what="configuration") == 1
    checked = portero.run("check")
    assert checked.returncode == 1 and f"{layout}:3:" in checked.stdout + checked.stderr

    layout.write_text("<!doctype html><title>Gone</title><p>At last</p>", "utf-8")
    reload(portero)
    assert "At last" in goodbye() and "Never named" in name_of(portero)
    assert Scrape(portero).get("portero_reload_failed", what="configuration") == 0


def test_messages_are_written_by_the_templates_that_hold_now(lone, tmp_path):
    mailbox = Mailbox(tmp_path / "outbox")
    portero = lone(mail=mailbox.section).portero
    (portero.folder / "templates").mkdir()
    change(portero, "[portal]", '[portal]\ntemplates = "templates"')
    texts = portero.folder / "templates" / "en.ftl"
    for name, words in (("ana", "Sign in here with these details:"), ("eva", "This is how you come in:")):
        if name == "eva":
            texts.write_text(f"mail-invitation-sign-in = {words}\n", "utf-8")
            reload(portero)
        portero.add_user(f"acme/{name}", emails=[f"{name}@example.test"], password=None)
        assert words in mailbox.next(f"{name}@example.test").get_body(("plain",)).get_content()


def test_a_page_that_was_sent_before_other_looks_came_still_finds_its_own(lone):
    portero = lone().portero
    (portero.folder / "templates").mkdir()
    old = stylesheet_of(portero)
    (portero.folder / "templates" / "brand.css").write_text("a { color: green }\n", "utf-8")
    change(portero, "[portal]", '[portal]\ntemplates = "templates"')
    new = stylesheet_of(portero)
    assert new != old
    for sheet in (old, new):
        assert portero.browser().get(portero.origin + sheet).status == 200, sheet


def test_new_password_rules_hold_for_the_command_line_as_for_the_pages(lone):
    portero = lone(password="min_length = 8", recovery='temporary_password = "1d"').portero
    portero.add_user("acme/ana", password="Corta#20")
    assert len(portero.add_user("acme/eva", password=None)) == 16
    change(portero, "min_length = 8", "min_length = 20")
    refused = portero.run("user", "add", "acme/bea", "--name", "Bea", "--password-stdin", stdin="Corta#20\n")
    assert refused.returncode == 1 and "20" in refused.stderr, refused
    assert len(portero.add_user("acme/eda", password=None)) == 20
    change(portero, 'temporary_password = "1d"', 'temporary_password = "2d"')
    shown = portero.cli_json("user", "add", "acme/ida", "--name", "Ida")
    expires = datetime.datetime.fromisoformat(shown["temporary_password_expires_at"])
    left = expires - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(hours=47) < left <= datetime.timedelta(hours=48), left
