"""The portal: what one may enter, what one needs for it, and the way out."""

import re
import urllib.parse

import pytest

from client import exchange
from conftest import SHOP, House, application
from program import Portero


@pytest.fixture(scope="module")
def furnished(tmp_path_factory, echo):
    """A portal with two applications and a download."""
    downloads = """
[[portal.download]]
name = "Document viewer"
url = "https://downloads.portero.test/viewer.exe"
description = "Needed to open policies"
"""
    applications = application("shop", f'host = "{SHOP}"', echo.port) + application("wiki", 'path = "/wiki"', echo.port)
    portero = Portero(tmp_path_factory.mktemp("portal"), downloads + applications, (SHOP,)).start()
    portero.add_org("acme", "Acme Insurance")
    yield House(portero, echo)
    portero.stop()


def links_to(page, host: str, path: str) -> list[dict]:
    """The page's links to `path` on `host`."""
    found = []
    for link in page.links:
        parts = urllib.parse.urlsplit(urllib.parse.urljoin(page.url, link.get("href", "")))
        if parts.hostname == host and parts.path.rstrip("/") == path:
            found.append(link)
    return found


def test_the_portal_offers_assigned_applications_only(furnished):
    # P1
    portero = furnished.portero
    _, both = portero.sign_in(furnished.person(apps=("shop", "wiki")))
    _, one = portero.sign_in(furnished.person(apps=("wiki",)))
    _, none = portero.sign_in(furnished.person(apps=()))
    assert links_to(both, SHOP, "") and links_to(both, portero.portal_host, "/wiki")
    assert links_to(one, portero.portal_host, "/wiki") and not links_to(one, SHOP, "") and "The shop" not in one.words
    assert "The shop" not in none.words and "The wiki" not in none.words


def test_an_application_is_entered_here_or_in_another_window(furnished):
    # P1
    browser, portal = furnished.portero.sign_in(furnished.person(apps=("shop",)))
    links = links_to(portal, SHOP, "")
    assert {link.get("target", "_self") for link in links} == {"_self", "_blank"}
    assert all("noopener" in link.get("rel", "") for link in links if link.get("target") == "_blank")
    entered = browser.get(urllib.parse.urljoin(portal.url, links[0]["href"]))
    assert entered.response.json()["method"] == "GET" and entered.host == SHOP


def test_downloads_are_offered(furnished):
    # P2
    _, portal = furnished.portero.sign_in(furnished.person(apps=("shop",)))
    assert [link for link in portal.links if link.get("href") == "https://downloads.portero.test/viewer.exe"]
    assert "Document viewer" in portal.words and "Needed to open policies" in portal.words


def test_the_portal_says_who_is_in_and_for_how_long_the_password_lasts(furnished):
    # P3, E6
    account = furnished.person(name="Ana Martínez")
    _, portal = furnished.portero.sign_in(account)
    assert account.split("/")[1] in portal.words and "Ana Martínez" in portal.words
    assert re.search(r"\b60 days\b", portal.words), portal.words


def test_one_leaves_by_a_form_and_stays_on_a_mere_visit(furnished):
    # P3
    portero = furnished.portero
    browser, portal = portero.sign_in(furnished.person())
    browser.get(portero.portal("/logout"))
    assert browser.get(portero.portal("/portal")).path == "/_portero/portal", "a GET signs nobody out"
    form = portal.form_to("/logout")
    assert form.method == "POST"
    left = browser.submit(portal, form)
    assert left.status == 200
    assert browser.get(portero.portal("/portal")).has_form_with("password")


def test_the_portal_is_for_those_who_are_in(furnished):
    page = furnished.portero.browser().get(furnished.portero.portal("/portal"))
    assert page.has_form_with("password")


@pytest.mark.parametrize("path", ["/portal", "/password"])
def test_a_program_is_told_plainly_that_nobody_is_signed_in(furnished, path):
    portero = furnished.portero
    for accept, destination in (("*/*", "empty"), ("application/json", "empty"), ("text/html", "iframe")):
        headers = [("Host", f"{portero.portal_host}:{portero.port}"), ("Accept", accept), ("Sec-Fetch-Dest", destination)]
        response = exchange(portero.port, "GET", f"/_portero{path}", headers)
        assert response.status == 401 and response.media_type == "application/problem+json", response.headers
