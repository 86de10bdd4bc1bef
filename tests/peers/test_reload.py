"""A changed configuration is taken up while everything goes on; a faulty one is not."""

import signal
import subprocess

from client import exchange
from conftest import SHOP, application
from program import BINARY, Portero, free_port, wait_until


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
