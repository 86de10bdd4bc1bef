"""After signing in a person stands exactly where they wanted to go, and never anywhere else."""

import urllib.parse

import pytest

from conftest import SHOP
from program import PASSWORD, wait_until

# L3
TARGETS = [
    "/",
    "/account",
    "/account?tab=2&order=desc",
    "/a?",
    "/a/?x=",
    "/a?x=1&x=2&&y",
    "/a?next=https://evil.example/&r=//evil.example",
    "/a?q=%C3%B1and%C3%BA+%26+co%3D1",
    "/a?x=%0d%0aSet-Cookie:%20evil=1",
    "/a?a[]=1&a[]=2&b={x}|y^`",
    "/a?~!*'();:@&=+$,/?",
    "/a?x=%25252f&y=%2f%5c%00%23",
    "/caf%C3%A9/%E2%82%AC",
    "/a%20b/c+d",
    "/a;v=1/b=2,c",
    "/a/b.php?PHPSESSID=1&return_to=/elsewhere",
    "/a?" + "x" * 1500,
]


@pytest.mark.parametrize("target", TARGETS, ids=[t[:40] for t in TARGETS])
def test_one_lands_on_the_exact_address_first_asked_for(house, reader, target):
    portero = house.portero
    _, page = portero.sign_in(reader, url=portero.at(SHOP, target))
    assert page.response.json()["target"] == target
    assert page.host == SHOP


@pytest.mark.parametrize("target", ["/wiki", "/wiki/page?x=%2F&y=1"])
def test_an_application_below_the_portals_own_address_is_landed_on_too(house, reader, target):
    portero = house.portero
    _, page = portero.sign_in(reader, url=f"{portero.origin}{target}")
    assert page.response.json()["target"] == target


def test_who_asked_for_nothing_lands_on_the_portal(house, reader):
    _, page = house.portero.sign_in(reader)
    assert page.path == "/_portero/portal" and page.host == house.portero.portal_host


def test_an_asset_or_a_call_by_a_script_is_never_landed_on(house, reader):
    portero = house.portero
    browser = portero.browser()
    for headers in ([("Sec-Fetch-Dest", "image")], [("X-Requested-With", "XMLHttpRequest")]):
        assert browser.fetch(portero.at(SHOP, "/logo.png"), headers=headers).status == 401
    _, page = portero.sign_in(reader, browser=browser)
    assert page.path == "/_portero/portal"


def test_who_is_signed_in_at_the_portal_passes_into_an_application_without_a_form(house, reader):
    portero = house.portero
    browser, _ = portero.sign_in(reader)
    page = browser.get(portero.at(SHOP, "/orders?page=3"))
    assert page.status == 200 and page.response.json()["target"] == "/orders?page=3"


def test_several_tabs_sign_in_at_once(house, reader):
    # L8: a form opened first still works after another was opened.
    portero = house.portero
    browser = portero.browser()
    first = browser.get(portero.at(SHOP, "/first"))
    second = browser.get(portero.at(SHOP, "/second"))
    landed = browser.submit(first, first.form_with("password"), portero.fill(first, reader, PASSWORD))
    assert landed.response.json()["target"] == "/first"
    again = browser.submit(second, second.form_with("password"), portero.fill(second, reader, PASSWORD))
    if again.response.media_type == "application/json":
        assert again.response.json()["target"] == "/second"
    else:
        assert again.status < 500, again.words
    assert browser.get(portero.at(SHOP, "/still")).response.json()["target"] == "/still"


def test_a_form_post_cut_off_by_the_end_of_the_session_is_sent_after_signing_in_again(lone):
    house = lone(session='idle = "2s"\nabsolute = "3s"')
    portero = house.portero
    account = house.person(apps=("shop",))
    browser, page = portero.sign_in(account, url=portero.at(SHOP, "/order"))
    wait_until("the session's end", lambda: browser.fetch(portero.at(SHOP, "/order.json")).status == 401)
    typed = "text=%C3%B1and%C3%BA+%26+co&text=again&empty=&end=1"
    page = browser.post(portero.at(SHOP, "/order?id=7"), typed, origin=page.url.rsplit("/", 1)[0])
    assert page.has_form_with("password"), f"{page.status} at {page.trail}: {page.words}"
    page = browser.submit(page, page.form_with("password"), portero.fill(page, account, PASSWORD))
    if page.has_form_with("empty"):
        # Asked whether it shall be sent.
        page = browser.submit(page, page.form_with("empty"))
    seen = house.last_seen("/order?id=7")
    assert seen["method"] == "POST"
    assert urllib.parse.parse_qsl(seen["body"], keep_blank_values=True) == urllib.parse.parse_qsl(typed, keep_blank_values=True)


def test_a_kept_form_post_is_never_sent_in_the_name_of_somebody_else(lone):
    house = lone(session='idle = "2s"\nabsolute = "3s"')
    portero = house.portero
    first, second = house.person(apps=("shop",)), house.person(apps=("shop",))
    browser, page = portero.sign_in(first, url=portero.at(SHOP, "/order"))
    wait_until("the session's end", lambda: browser.fetch(portero.at(SHOP, "/order.json")).status == 401)
    page = browser.post(portero.at(SHOP, "/order?id=8"), "text=mine", origin=page.url.rsplit("/", 1)[0])
    page = browser.submit(page, page.form_with("password"), portero.fill(page, second, PASSWORD))
    assert "mine" not in page.text
    assert not any(seen["method"] == "POST" and seen["target"] == "/order?id=8" for seen in house.echo.seen)


def test_a_form_post_cut_off_by_signing_out_on_the_same_host_is_kept_for_the_same_person(lone):
    house = lone()
    portero = house.portero
    account, other = house.person(apps=("shop",)), house.person(apps=("shop",))
    browser, page = portero.sign_in(account, url=portero.at(SHOP, "/order"))
    # Another tab signs out, on the application's own host.
    tab = browser.get(portero.at(SHOP, "/_portero/logout"))
    browser.submit(tab, tab.form_to("/logout"))
    assert browser.session_cookie(SHOP) is None, "the session's cookie stays cleared"
    assert browser.jar[SHOP]["portero-former"], "and a note says whose it was"

    def cut_off(text: str):
        return browser.post(portero.at(SHOP, "/order?id=9"), f"text={text}", origin=page.url.rsplit("/", 1)[0])

    offered = cut_off("kept")
    assert offered.has_form_with("password"), f"{offered.status} at {offered.trail}"
    offered = browser.submit(offered, offered.form_with("password"), portero.fill(offered, account, PASSWORD))
    assert offered.form_with("text").fields["text"] == "kept", offered.words
    browser.submit(offered, offered.form_with("text"))
    assert house.last_seen("/order?id=9")["body"] == "text=kept"
    assert "portero" not in str([value for name, value in house.last_seen("/order?id=9")["headers"] if name.lower() == "cookie"])
    tab = browser.get(portero.at(SHOP, "/_portero/logout"))
    browser.submit(tab, tab.form_to("/logout"))
    offered = cut_off("mine")
    offered = browser.submit(offered, offered.form_with("password"), portero.fill(offered, other, PASSWORD))
    assert "mine" not in offered.text
    # A note that was not sealed here, or for another host, is nobody's.
    stranger = portero.browser()
    for note in ("x", browser.jar[SHOP]["portero-former"][:-2] + "AA"):
        stranger.jar[SHOP] = {"portero-former": note}
        refused = stranger.post(portero.at(SHOP, "/order?id=9"), "text=x", origin=page.url.rsplit("/", 1)[0])
        assert refused.status == 401, refused.status


def test_a_form_post_cut_off_by_a_change_of_password_is_kept(lone, echo):
    house = lone()
    portero = house.portero
    account = house.person(apps=("shop",))
    browser, page = portero.sign_in(account, url=portero.at(SHOP, "/order"))
    form = browser.get(portero.portal("/password"))
    values = {"old_password": PASSWORD, "new_password": "Nueva#Clave2027", "confirm_password": "Nueva#Clave2027"}
    browser.submit(form, form.form_with("new_password"), values)
    assert browser.session_cookie(portero.portal_host) is None and browser.jar[portero.portal_host]["portero-former"]
    offered = browser.post(portero.at(SHOP, "/order?id=10"), "text=kept", origin=page.url.rsplit("/", 1)[0])
    offered = browser.submit(offered, offered.form_with("password"), portero.fill(offered, account, "Nueva#Clave2027"))
    assert offered.form_with("text").fields["text"] == "kept", offered.words


ELSEWHERE = [
    "//evil.example",
    "///evil.example/x",
    "/\\evil.example",
    "\\\\evil.example",
    "/%5cevil.example",
    "https://evil.example/",
    "https:evil.example",
    "http:///evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/%0d%0aLocation:%20https://evil.example",
    "/\r\nLocation: https://evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/x\x00",
    "http://{portal}@evil.example/",
    "http://{shop}@evil.example/",
    "http://{shop}.evil.example/",
    "http://evil.example#{shop}",
    "http://evil.example\\@{shop}/",
    "//evil.example%2f@{shop}/",
    "@evil.example",
    ".evil.example",
    "https://{shop}/",
    "ftp://{shop}/",
]


def names_of_return_addresses(house) -> set[str]:
    """What the sign-in page calls its return address, in its URL and in its form, and what others call it."""
    portero = house.portero
    page = portero.browser().get(portero.at(SHOP, "/account?x=1"))
    names = {"return_to", "return", "next", "rd", "url", "redirect_uri"}
    for step in page.trail[1:]:
        names |= set(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(step).query)))
    return names


@pytest.mark.parametrize("address", ELSEWHERE, ids=[ascii(a) for a in ELSEWHERE])
def test_a_forged_return_address_never_leads_away(house, reader, address):
    # Rule 5. The browser itself fails on any redirect to a host it does not know.
    portero = house.portero
    address = address.format(portal=f"{portero.portal_host}:{portero.port}", shop=f"{SHOP}:{portero.port}")
    query = urllib.parse.urlencode({name: address for name in names_of_return_addresses(house)})
    for host in (portero.portal_host, SHOP):
        browser = portero.browser()
        page = browser.get(portero.at(host, f"/_portero/login?{query}"))
        assert page.status in (200, 400, 404), f"{page.status} at {page.trail}"
        if page.has_form_with("password"):
            page = browser.submit(page, page.form_with("password"), portero.fill(page, reader, PASSWORD))
            assert page.status < 500, page.words
        signed_in, _ = portero.sign_in(reader)
        page = signed_in.get(portero.at(host, f"/_portero/login?{query}"))
        assert page.status < 500, page.words
        assert "evil" not in " ".join(link.get("href", "") for link in page.links)


@pytest.mark.parametrize("address", ELSEWHERE, ids=[ascii(a) for a in ELSEWHERE])
def test_a_return_address_forged_inside_the_form_never_leads_away(house, reader, address):
    portero = house.portero
    address = address.format(portal=f"{portero.portal_host}:{portero.port}", shop=f"{SHOP}:{portero.port}")
    browser = portero.browser()
    page = browser.get(portero.at(SHOP, "/account"))
    form = page.form_with("password")
    carriers = [name for name, value in form.hidden().items() if "/" in value or "return" in name]
    forged = {**form.fields, **portero.fill(page, reader, PASSWORD)}
    forged |= {name: address for name in [*carriers, "return_to", "next"]}
    action = urllib.parse.urljoin(page.url, form.action)
    page = browser.post(action, forged, origin=portero.origin)
    assert page.status < 500, page.words


def test_signing_out_never_leads_away_either(house, reader):
    portero = house.portero
    browser, _ = portero.sign_in(reader)
    query = urllib.parse.urlencode({name: "https://evil.example/" for name in ("return_to", "post_logout_redirect_uri", "next")})
    page = browser.get(f"{portero.portal('/logout')}?{query}")
    assert page.status < 500
    assert all("evil" not in link.get("href", "") for link in page.links)


@pytest.fixture(scope="module")
def reader(house) -> str:
    return house.person()
