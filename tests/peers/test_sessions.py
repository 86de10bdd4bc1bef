"""A session ends at once, everywhere, when it should; and not before."""

import pytest

from browser import fresh_address
from client import exchange
from conftest import INTRANET, SHOP
from program import wait_until


def is_in(portero, browser, host=SHOP) -> bool:
    """Whether a script of this browser reaches the application: a call that never leads to a sign-in page."""
    status = browser.fetch(portero.at(host, "/who")).status
    assert status in (200, 401, 403), status
    return status == 200


@pytest.fixture
def someone(house):
    """Somebody who is in, with a cookie for the shop, the intranet and the portal."""
    account = house.person()
    browser, _ = house.portero.sign_in(account, url=house.portero.at(SHOP, "/"))
    browser.get(house.portero.at(INTRANET, "/"))
    assert is_in(house.portero, browser) and is_in(house.portero, browser, INTRANET)
    return account, browser


def test_deactivation_ends_every_session_at_once(house, someone):
    account, browser = someone
    elsewhere, _ = house.portero.sign_in(account, url=house.portero.at(SHOP, "/"))
    house.portero.cli("user", "deactivate", account)
    for host in (SHOP, INTRANET):
        assert browser.fetch(house.portero.at(host, "/who")).status == 401
    assert elsewhere.fetch(house.portero.at(SHOP, "/who")).status == 401
    house.portero.cli("user", "activate", account)
    assert not is_in(house.portero, browser), "activation revives no session"
    house.portero.sign_in(account)


@pytest.mark.parametrize("change", [("--group", "newcomers"), ("--role", "admin"), ("--app", "wiki"), ("--no-apps",)])
def test_a_change_of_rights_ends_every_session_at_once(house, someone, change):
    account, browser = someone
    house.portero.cli("user", "edit", account, *change)
    assert browser.fetch(house.portero.at(SHOP, "/who")).status == 401
    assert browser.get(house.portero.portal("/portal")).has_form_with("password")
    house.portero.sign_in(account, url=house.portero.at(INTRANET, "/"))


def test_removal_ends_every_session_at_once(house, someone):
    account, browser = someone
    house.portero.cli("user", "remove", account)
    assert browser.fetch(house.portero.at(SHOP, "/who")).status == 401
    assert house.portero.try_sign_in(house.portero.browser(), account).status == 401


def test_signing_out_ends_the_session_on_every_host(house, someone):
    _, browser = someone
    portero = house.portero
    kept = {host: dict(cookies) for host, cookies in browser.jar.items()}
    page = browser.get(portero.portal("/logout"))
    left = browser.submit(page, page.form_to("/logout"))
    assert left.status == 200
    assert browser.session_cookie(portero.portal_host) is None, "the cookie is taken back"
    thief = portero.browser()
    thief.jar = kept
    for host in (SHOP, INTRANET):
        assert thief.fetch(portero.at(host, "/who")).status == 401
    assert thief.get(portero.portal("/portal")).has_form_with("password")


def test_signing_out_at_an_applications_host_ends_it_everywhere_too(house, someone):
    _, browser = someone
    portero = house.portero
    page = browser.get(portero.at(SHOP, "/_portero/logout"))
    browser.submit(page, page.form_to("/logout"))
    assert not is_in(portero, browser) and not is_in(portero, browser, INTRANET)


def test_a_cookie_of_one_host_opens_no_other(house, someone):
    _, browser = someone
    portero = house.portero
    cookies = {host: browser.session_cookie(host) for host in (portero.portal_host, SHOP, INTRANET)}
    assert len(set(cookies.values())) == 3
    for stolen_from, value in cookies.items():
        for host in (SHOP, INTRANET):
            thief = portero.browser()
            response = thief.fetch(portero.at(host, "/who"), headers=[("Cookie", f"portero={value}")])
            assert response.status == (200 if host == stolen_from else 401), f"the cookie of {stolen_from} at {host}"


def test_a_changed_cookie_opens_nothing(house, someone):
    _, browser = someone
    cookie = browser.session_cookie(SHOP)
    last = "A" if cookie[-1] != "A" else "Q"
    for changed in (
        cookie[:-1],
        cookie[:-1] + last,
        cookie[1:],
        cookie.swapcase(),
        "",
        cookie + "=",
        f'"{cookie}x"',
        "x" * 5000,
        "%00",
    ):
        sent = [("Host", f"{SHOP}:{house.portero.port}"), ("Cookie", f"portero={changed}")]
        response = exchange(house.portero.port, "GET", "/who", sent, source=fresh_address())
        assert response.status in (401, 431), f"{changed[:60]!r} got {response.status}"


def test_a_hand_over_to_an_application_works_once(house):
    portero = house.portero
    account = house.person()
    browser, _ = portero.sign_in(account)
    page = browser.get(portero.at(SHOP, "/orders"))
    codes = [step for step in page.trail if f"//{SHOP}:" in step and "/_portero/" in step]
    assert codes, f"no hand-over in {page.trail}"
    for step in codes:
        thief = portero.browser()
        thief.get(step)
        assert not is_in(portero, thief), f"{step} was used twice"


def test_a_restart_ends_no_session(lone):
    house = lone()
    portero = house.portero
    browser, _ = portero.sign_in(house.person(apps=("shop",)), url=portero.at(SHOP, "/"))
    portero.restart()
    assert is_in(portero, browser)
    assert browser.get(portero.portal("/portal")).path == "/_portero/portal"


def test_a_session_ends_by_itself(lone):
    house = lone(session='idle = "2s"\nabsolute = "3s"')
    portero = house.portero
    browser, _ = portero.sign_in(house.person(apps=("shop",)), url=portero.at(SHOP, "/"))
    wait_until("the end of the longest life, however busy", lambda: not is_in(portero, browser), within=10)
    assert browser.get(portero.at(SHOP, "/")).has_form_with("password")
