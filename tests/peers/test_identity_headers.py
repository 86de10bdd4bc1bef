"""Applications learn who is there from Portero alone: whatever a client claims about it is gone before they see it."""

import itertools

import pytest

from apache import environment
from conftest import LEGACY, SHOP
from upstream import header

IDENTITY = ["Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Remote-Organization", "X-Portero-Assertion"]


def spellings(name: str) -> list[str]:
    """A header's name as others would write it who mean the same one."""
    mixed = "".join(letter.upper() if index % 2 else letter.lower() for index, letter in enumerate(name))
    every = [name, name.upper(), name.lower(), mixed]
    every += [spelling.replace("-", "_") for spelling in every] + [name.replace("-", "_", 1)]
    return list(dict.fromkeys(every))


FORGED = [(spelling, "intruder") for name in IDENTITY for spelling in spellings(name)]


def normal(name: str) -> str:
    return name.lower().replace("_", "-")


def identity(seen: dict) -> dict[str, list[str]]:
    """All that the application was told about who is there, in any spelling."""
    found: dict[str, list[str]] = {}
    for name, value in seen["headers"]:
        if normal(name) in {normal(known) for known in IDENTITY}:
            found.setdefault(name.lower(), []).append(value)
    return found


@pytest.fixture(scope="module")
def ana(house):
    account = house.person(
        name="Ana Martínez Ñandú", apps=("shop", "legacy"), groups=("staff", "night shift"), emails=("ana@acme.test",)
    )
    browser, _ = house.portero.sign_in(account, url=house.portero.at(SHOP, "/"))
    return account.split("/")[1], browser


def test_an_application_is_told_who_is_there(house, ana):
    username, browser = ana
    page = browser.get(house.portero.at(SHOP, "/who"))
    seen = page.response.json()
    assert header(seen, "Remote-User") == username
    assert header(seen, "Remote-Email") == "ana@acme.test"
    assert sorted(header(seen, "Remote-Groups").split(",")) == ["night shift", "staff"]
    assert header(seen, "Remote-Organization") == "acme"
    # As UTF-8, read here byte by byte.
    assert header(seen, "Remote-Name").encode("latin-1").decode("utf-8") == "Ana Martínez Ñandú"
    assert header(seen, "X-Portero-Assertion").count(".") == 2


def test_headers_are_sent_even_when_there_is_nothing_to_say(house):
    browser, _ = house.portero.sign_in(house.person(apps=("shop",)), url=house.portero.at(SHOP, "/"))
    seen = browser.get(house.portero.at(SHOP, "/who")).response.json()
    assert header(seen, "Remote-Email") == "" and header(seen, "Remote-Groups") == ""


@pytest.mark.parametrize("forged", FORGED, ids=[name for name, _ in FORGED])
def test_a_forged_claim_is_gone_in_every_spelling(house, ana, forged):
    username, browser = ana
    seen = browser.get(house.portero.at(SHOP, "/who"), headers=[forged]).response.json()
    assert "intruder" not in str(seen)
    told = identity(seen)
    assert told["remote-user"] == [username]
    assert all(len(values) == 1 for values in told.values()) and not any("_" in name for name in told)


def test_a_forged_claim_is_gone_on_public_paths_too(house):
    response = house.portero.browser().fetch(house.portero.at(SHOP, "/public/who"), headers=FORGED)
    assert response.status == 200
    assert "intruder" not in response.text
    assert all(values == [""] for values in identity(response.json()).values())


def test_a_person_who_is_signed_in_is_known_on_public_paths_or_nobody_is(house, ana):
    username, browser = ana
    seen = browser.get(house.portero.at(SHOP, "/public/who"), headers=FORGED).response.json()
    assert "intruder" not in str(seen)
    assert identity(seen).get("remote-user", [""]) in ([username], [""])


NOMINATIONS = [
    "Remote-User",
    "close, Remote-User",
    "keep-alive, X-Portero-Assertion, remote-groups",
    "remote_user",
    "Host",
    "Cookie, Remote-Organization",
]


@pytest.mark.parametrize("nomination", NOMINATIONS)
def test_connection_cannot_nominate_identity_away(house, ana, nomination):
    username, browser = ana
    response = browser.fetch(house.portero.at(SHOP, "/who"), headers=[("Connection", nomination), ("Remote-User", "intruder")])
    assert response.status in (200, 400)
    if response.status == 200:
        seen = response.json()
        assert header(seen, "Remote-User") == username and header(seen, "Remote-Organization") == "acme"
        assert header(seen, "X-Portero-Assertion") and header(seen, "Host")


def test_hop_by_hop_headers_end_at_portero(house, ana):
    _, browser = ana
    hops = [
        ("Connection", "close, X-Hop"),
        ("X-Hop", "1"),
        ("Keep-Alive", "timeout=9"),
        ("Proxy-Connection", "close"),
        ("TE", "trailers"),
        ("Proxy-Authorization", "Basic eDp5"),
    ]
    seen = browser.fetch(house.portero.at(SHOP, "/who"), headers=hops).json()
    for name in ("X-Hop", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization"):
        assert header(seen, name) is None, name


def test_porteros_cookies_are_gone_and_all_others_stay(house, ana):
    _, browser = ana
    session = browser.session_cookie(SHOP)
    assert session
    cookies = f'a=1; portero={session}; theme="dark; blue"; b=2; __Host-portero=x; c=;d=4'
    seen = browser.fetch(house.portero.at(SHOP, "/who"), headers=[("Cookie", cookies)]).json()
    arrived = header(seen, "Cookie")
    assert session not in str(seen) and "portero" not in arrived
    for cookie in ("a=1", "b=2", "c=", "d=4"):
        assert cookie in [part.strip() for part in arrived.split(";")], arrived


def test_no_cookie_header_is_left_when_only_porteros_came(house, ana):
    _, browser = ana
    cookie = f"portero={browser.session_cookie(SHOP)}"
    assert header(browser.fetch(house.portero.at(SHOP, "/who"), headers=[("Cookie", cookie)]).json(), "Cookie") is None


def test_an_applications_own_cookies_reach_the_browser(house, ana):
    _, browser = ana
    browser.get(house.portero.at(SHOP, "/who"))
    assert browser.jar[SHOP]["shop"] == "basket"


def test_forwarding_headers_are_made_anew(house, ana):
    _, browser = ana
    forged = [
        ("X-Forwarded-For", "6.6.6.6"),
        ("X-Forwarded-Proto", "gopher"),
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "for=6.6.6.6;host=evil.example"),
        ("X-Real-IP", "6.6.6.6"),
        ("X_Forwarded_For", "6.6.6.6"),
    ]
    seen = browser.fetch(house.portero.at(SHOP, "/who"), headers=forged).json()
    assert header(seen, "X-Forwarded-For") == browser.source
    assert header(seen, "X-Forwarded-Proto") == "http"
    assert header(seen, "X-Forwarded-Host") == f"{SHOP}:{house.portero.port}"
    forwarded = header(seen, "Forwarded")
    assert browser.source in forwarded and "evil" not in forwarded and "6.6.6.6" not in forwarded
    assert not any(normal(name) == "x-forwarded-for" and value == "6.6.6.6" for name, value in seen["headers"])


def test_bodies_and_methods_pass_unchanged(house, ana):
    _, browser = ana
    sizes = (0, 1, 70_000)
    for method, size in itertools.product(("POST", "PUT", "PATCH", "DELETE"), sizes):
        body = bytes(index % 251 for index in range(size))
        seen = browser.fetch(house.portero.at(SHOP, f"/body?{method}"), method=method, body=body).json()
        assert seen["method"] == method and seen["body"].encode("latin-1") == body


# -- Apache httpd ----------------------------------------------------------------------------------------------------------------


def cgi(browser, house, path="/cgi/environment", headers=()):
    response = browser.fetch(house.portero.at(LEGACY, path), headers=list(headers))
    assert response.status == 200, response.text
    return environment(response.text)


@pytest.fixture(scope="module")
def clerk(house):
    account = house.person(apps=("legacy",), groups=("staff",), emails=("clerk@acme.test",))
    browser, page = house.portero.sign_in(account, url=house.portero.at(LEGACY, "/cgi/environment?first=1"))
    assert environment(page.text)["QUERY_STRING"] == "first=1"
    return account.split("/")[1], browser


def test_a_cgi_behind_apache_reads_remote_user(house, clerk):
    username, browser = clerk
    seen = cgi(browser, house)
    assert seen["REMOTE_USER"] == seen["HTTP_REMOTE_USER"] == username
    assert seen["HTTP_REMOTE_GROUPS"] == "staff" and seen["HTTP_REMOTE_ORGANIZATION"] == "acme"
    assert seen["HTTP_REMOTE_EMAIL"] == "clerk@acme.test" and seen["HTTP_X_PORTERO_ASSERTION"].count(".") == 2
    assert seen["HTTP_HOST"] == f"{LEGACY}:{house.portero.port}"
    assert "HTTP_COOKIE" not in seen


def test_a_cgi_never_sees_what_a_client_claims(house, clerk):
    username, browser = clerk
    for forged in (FORGED, FORGED[::-1]):
        seen = cgi(browser, house, headers=[*forged, ("Connection", "close, Remote-User")])
        assert "intruder" not in str(seen)
        assert seen["REMOTE_USER"] == username
    public = cgi(house.portero.browser(), house, "/cgi/public", FORGED)
    assert "intruder" not in str(public) and "REMOTE_USER" not in public


def test_a_cgi_never_sees_porteros_cookie(house, clerk):
    _, browser = clerk
    cookie = f"lang=es; portero={browser.session_cookie(LEGACY)}; cart=7"
    assert cgi(browser, house, headers=[("Cookie", cookie)])["HTTP_COOKIE"].replace(" ", "") == "lang=es;cart=7"
