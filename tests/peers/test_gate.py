"""What an unknown visitor gets: people the sign-in page, programs a plain 401, and the application nothing at all."""

import urllib.parse

import pytest

from browser import fresh_address
from client import exchange, exchange_raw
from conftest import INTRANET, SHOP


def problem(response, status):
    assert response.status == status
    assert response.media_type == "application/problem+json", response.headers
    assert "location" not in {name.lower() for name, _ in response.headers}
    if response.body:
        assert response.json()["status"] == status
    return response


def untouched(house):
    """The number of requests that the application has seen."""
    return len(house.echo.seen)


def test_a_page_asked_for_by_a_browser_leads_to_the_sign_in_page(house):
    before = untouched(house)
    page = house.portero.browser().get(house.portero.at(SHOP, "/account?tab=2"), follow=False)
    assert page.status == 302
    assert urllib.parse.urlsplit(page.response.header("location")).path == "/_portero/login"
    assert "no-store" in page.response.header("cache-control")
    assert untouched(house) == before


def test_a_browser_that_sends_no_fetch_metadata_is_led_there_too(house):
    headers = [("Host", f"{SHOP}:{house.portero.port}"), ("Accept", "text/html")]
    assert exchange(house.portero.port, "GET", "/account", headers).status == 302


@pytest.mark.parametrize(
    "headers",
    [
        [("Accept", "*/*")],
        [],
        [("Accept", "application/json")],
        [("Accept", "image/avif,image/webp,*/*"), ("Sec-Fetch-Dest", "image")],
        [("Accept", "*/*"), ("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "cors")],
        [("Accept", "text/css,*/*;q=0.1"), ("Sec-Fetch-Dest", "style")],
        [("Accept", "text/html"), ("Sec-Fetch-Dest", "iframe")],
        [("Accept", "text/html"), ("Sec-Fetch-Dest", "empty")],
    ],
    ids=lambda headers: ",".join(value for _, value in headers) or "nothing",
)
def test_what_is_not_a_page_gets_a_plain_401(house, headers):
    before = untouched(house)
    sent = [("Host", f"{SHOP}:{house.portero.port}"), *headers]
    problem(exchange(house.portero.port, "GET", "/logo.png", sent), 401)
    assert untouched(house) == before


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "HEAD"])
def test_only_a_get_is_led_to_the_sign_in_page(house, method):
    before = untouched(house)
    sent = [("Host", f"{SHOP}:{house.portero.port}"), ("Accept", "text/html")]
    body = b"a=1" if method in ("POST", "PUT", "PATCH") else b""
    response = exchange(house.portero.port, method, "/account", sent, body)
    problem(response, 401)
    assert untouched(house) == before


@pytest.mark.parametrize(
    ("host", "target"),
    [(SHOP, "/account"), ("portal.localhost", "/nothing"), ("portal.localhost", "/_portero/nothing"), ("nobody.localhost", "/")],
)
def test_an_answer_before_the_body_was_read_says_that_the_connection_ends(house, host, target):
    head = f"POST {target} HTTP/1.1\r\nHost: {host}:{house.portero.port}\r\nContent-Length: 3\r\n\r\n"
    response = exchange_raw(house.portero.port, head.encode(), method="POST", source=fresh_address())
    assert 400 <= response.status < 500
    assert response.header("connection") == "close"


def test_a_public_path_needs_nobody_and_only_by_its_methods(house):
    browser = house.portero.browser()
    page = browser.get(house.portero.at(SHOP, "/public/news?id=1"))
    assert page.status == 200 and page.response.json()["target"] == "/public/news?id=1"
    problem(browser.fetch(house.portero.at(SHOP, "/public/news"), method="POST", body=b"x"), 401)


def test_who_lacks_the_application_is_told_so(house):
    account = house.person(apps=("wiki",))
    browser, _ = house.portero.sign_in(account)
    before = untouched(house)
    page = browser.get(house.portero.at(SHOP, "/account"))
    assert page.status == 403 and page.response.media_type == "text/html"
    assert account.split("/")[1] in page.words and page.form_to("/logout"), "who one is, and a way to be somebody else"
    problem(browser.fetch(house.portero.at(SHOP, "/account.json")), 403)
    assert untouched(house) == before
    assert browser.get(house.portero.at(INTRANET, "/")).status == 200


def test_the_audit_trail_names_an_organization_in_one_spelling(lone):
    house = lone(organizations=("acme", "XAXX010101000"))
    portero = house.portero
    portero.add_user("xaxx010101000/ana", apps=())
    refused = portero.try_sign_in(portero.browser(), "XAXX010101000/ana", url=portero.at(SHOP, "/"))
    assert refused.status == 403
    events = [line for line in portero.log_text().splitlines() if "audit" in line and 'username="ana"' in line]
    spellings = {line.split('organization="')[1].split('"')[0] for line in events if "action=AddUser" not in line}
    assert {"action=sign_in", "action=enter_application"} <= {word for line in events for word in line.split()}
    assert spellings == {"xaxx010101000"}


def test_a_rule_asks_for_a_group(house):
    stranger, _ = house.portero.sign_in(house.person(), url=house.portero.at(SHOP, "/"))
    member, _ = house.portero.sign_in(house.person(groups=("staff",)), url=house.portero.at(SHOP, "/"))
    assert stranger.get(house.portero.at(SHOP, "/staff/list")).status == 403
    assert member.get(house.portero.at(SHOP, "/staff/list")).status == 200


BAD_PATHS = [
    "/public/../account",
    "/public/./../account",
    "/public/%2e%2e/account",
    "/public/%2E./account",
    "/public/.%2e/account",
    "/public/..%2faccount",
    "/public/x%2fy",
    "/public/x%2Fy",
    "/public/x%5cy",
    "/public/x%5Cy",
    "/public/..\\account",
    "/public\\x",
    "/public/x%00",
    "/public/x%23y",
    "/public/..",
    "/public/..;/account",
    "/public/x;/../account",
    "/public/%252e%252e/account",
    "/public/%c0%ae%c0%ae/account",
    "/public/.",
    "/public/%zz",
    "/public/%4",
]


@pytest.mark.parametrize("target", BAD_PATHS)
def test_a_path_that_two_programs_might_read_differently_is_refused(house, target):
    before = untouched(house)
    response = exchange(house.portero.port, "GET", target, [("Host", f"{SHOP}:{house.portero.port}"), ("Accept", "text/html")])
    assert response.status == 400, f"{target} got {response.status}"
    assert untouched(house) == before


@pytest.mark.parametrize(
    "target", ["/PUBLIC/x", "/account;/public/x", "/account?/public/x", "/publicity", "/%70ublicity", "//account//public/x"]
)
def test_what_only_resembles_a_public_path_is_not_public(house, target):
    before = untouched(house)
    response = exchange(house.portero.port, "GET", target, [("Host", f"{SHOP}:{house.portero.port}"), ("Accept", "*/*")])
    assert response.status in (400, 401), f"{target} got {response.status}"
    assert untouched(house) == before


@pytest.mark.parametrize("target", ["//public/x", "/%70ublic/x", "/public//x"])
def test_what_was_judged_is_what_the_application_gets(house, target):
    response = exchange(house.portero.port, "GET", target, [("Host", f"{SHOP}:{house.portero.port}"), ("Accept", "*/*")])
    assert response.status in (200, 400, 401)
    if response.status == 200:
        assert response.json()["target"] == "/public/x"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "shop.localhost.evil.example", "evil.example:80", "shop.localhost@evil.example", "127.0.0.1", "", "a b"],
)
@pytest.mark.parametrize("target", ["/", "/_portero/login", "/account"])
def test_a_host_that_nobody_configured_is_refused(house, host, target):
    before = untouched(house)
    response = exchange(house.portero.port, "GET", target, [("Host", host), ("Accept", "text/html")])
    assert response.status in (400, 404, 421), f"Host: {host} got {response.status}"
    assert "evil" not in (response.header("location") or "")
    assert untouched(house) == before


def test_forwarded_headers_from_strangers_move_nothing(house):
    forged = [
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "https"),
        ("Forwarded", "host=evil.example;proto=https"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X-Original-URL", "/public/x"),
        ("X-Rewrite-URL", "/public/x"),
    ]
    page = house.portero.browser().get(house.portero.at(SHOP, "/account"), headers=forged)
    assert page.status == 200 and page.has_form_with("password")
    assert all("evil" not in step and step.startswith("http://") for step in page.trail)
    assert "evil" not in page.text


SMUGGLED = {
    "two lengths": b"POST /public/x HTTP/1.1\r\nHost: %s\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "length and chunks": b"POST /public/x HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no host": b"GET /public/x HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /public/x HTTP/1.1\r\nHost: %s\r\nHost: evil.example\r\n\r\n",
    "absolute form": b"GET http://evil.example/public/x HTTP/1.1\r\nHost: %s\r\n\r\n",
    "authority form": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: %s\r\n\r\n",
    "a space before the colon": b"GET /public/x HTTP/1.1\r\nHost : %s\r\n\r\n",
    "a folded line": b"GET /public/x HTTP/1.1\r\nHost: %s\r\nX-A: 1\r\n 2\r\n\r\n",
}


@pytest.mark.parametrize("case", SMUGGLED)
def test_a_request_that_could_be_read_in_two_ways_is_refused(house, case):
    before = untouched(house)
    data = SMUGGLED[case].replace(b"%s", f"{SHOP}:{house.portero.port}".encode())
    response = exchange_raw(house.portero.port, data, source=fresh_address())
    assert response.status in (400, 404, 405, 421), f"{case} got {response.status}"
    assert untouched(house) == before


def test_what_is_watched_is_not_on_the_public_listener(house):
    for path in ("/metrics", "/healthz", "/readyz"):
        response = house.portero.browser().fetch(f"{house.portero.origin}{path}")
        assert response.status in (401, 404), path
    assert exchange(house.portero.admin_port, "GET", "/healthz", [("Host", "localhost")]).status == 200


def test_every_page_of_the_house_is_sealed(house):
    # Rule 5: no-store, no-referrer, a strict policy without inline script, no framing.
    account = house.person()
    browser, portal = house.portero.sign_in(account)
    pages = [
        portal,
        house.portero.browser().get(house.portero.portal("/login")),
        browser.get(house.portero.portal("/password")),
        browser.get(house.portero.portal("/nothing-here")),
        house.portero.browser().get(house.portero.at(SHOP, "/x")),
    ]
    for page in pages:
        response = page.response
        assert "no-store" in (response.header("cache-control") or ""), page.url
        assert response.header("referrer-policy") == "no-referrer", page.url
        assert response.header("x-content-type-options") == "nosniff", page.url
        policy = {
            part.split()[0]: part.split()[1:]
            for part in (response.header("content-security-policy") or "").split(";")
            if part.strip()
        }
        assert policy.get("frame-ancestors") == ["'none'"], policy
        assert policy.get("base-uri") in (["'none'"], ["'self'"]), policy
        assert policy.get("default-src") in (["'none'"], ["'self'"]), policy
        for directive, sources in policy.items():
            # Pictures of captchas are in the page itself; forms lead on to the applications' hosts.
            known = {"'none'", "'self'"} | ({"data:"} if directive == "img-src" else set())
            assert directive == "form-action" or set(sources) <= known, policy
        assert " style=" not in page.text and " onclick=" not in page.text, page.url
