"""Other sites cannot make a browser sign in, sign out or change a password."""

import pytest

from conftest import SHOP
from program import PASSWORD

# Origin and Sec-Fetch-Site as a browser would send them.
CROSS_SITE = {
    "another site": ("https://evil.example", "cross-site"),
    "another site, in a browser without fetch metadata": ("https://evil.example", None),
    "an opaque origin": ("null", "cross-site"),
    "fetch metadata alone": (None, "cross-site"),
    "another scheme": ("https://{portal}", "cross-site"),
    "another port": ("http://portal.localhost:1", "same-site"),
    "an application's host": ("http://{shop}", "same-site"),
}


def post_from_elsewhere(portero, browser, path, fields, case):
    origin, site = CROSS_SITE[case]
    if origin:
        origin = origin.format(portal=f"{portero.portal_host}:{portero.port}", shop=f"{SHOP}:{portero.port}")
    return browser.post(portero.portal(path), fields, origin=origin, site=site)


@pytest.mark.parametrize("case", CROSS_SITE)
def test_nobody_is_signed_in_from_another_site(house, case):
    portero = house.portero
    account = house.person()
    browser = portero.browser()
    page = browser.get(portero.portal("/login"))
    values = {**page.form_with("password").fields, **portero.fill(page, account, PASSWORD)}
    refused = post_from_elsewhere(portero, browser, "/login", values, case)
    assert refused.status in (400, 403), refused.status
    assert browser.get(portero.portal("/portal")).has_form_with("password")


@pytest.mark.parametrize("case", CROSS_SITE)
def test_nobody_is_signed_out_from_another_site(house, case):
    portero = house.portero
    browser, portal = portero.sign_in(house.person())
    form = portal.form_to("/logout")
    refused = post_from_elsewhere(portero, browser, "/logout", form.fields, case)
    assert refused.status in (400, 403), refused.status
    assert browser.get(portero.portal("/portal")).path == "/_portero/portal"


@pytest.mark.parametrize("path", ["/login", "/logout", "/password"])
def test_no_form_works_without_its_token(house, path):
    portero = house.portero
    account = house.person()
    browser, _ = portero.sign_in(account)
    fields = {
        "username": account.split("/")[1],
        "organization": "acme",
        "password": PASSWORD,
        "old_password": PASSWORD,
        "new_password": "Nueva#Clave2027",
        "confirm_password": "Nueva#Clave2027",
    }
    for token in ({}, {"csrf": ""}, {"csrf": "x" * 43}):
        refused = browser.post(portero.portal(path), fields | token, origin=portero.origin)
        assert refused.status in (400, 403, 422), f"{path} with {token} got {refused.status}"
    assert browser.get(portero.portal("/portal")).path == "/_portero/portal"
    portero.sign_in(account)


def test_a_token_of_another_person_is_worth_nothing(house):
    portero = house.portero
    mine, portal = portero.sign_in(house.person())
    theirs, _ = portero.sign_in(house.person())
    form = portal.form_to("/logout")
    refused = theirs.post(portero.portal("/logout"), form.fields, origin=portero.origin)
    assert refused.status in (400, 403, 422)
    assert theirs.get(portero.portal("/portal")).path == "/_portero/portal"
    assert mine.get(portero.portal("/portal")).path == "/_portero/portal"
