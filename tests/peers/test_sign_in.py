"""The sign-in page: what it shows, whom it lets in, and that it tells nobody who exists."""

import itertools
import re
import statistics
import time
import urllib.parse

import pytest

from browser import fresh_address
from client import exchange
from conftest import SHOP
from likeness import masked
from program import PASSWORD

WRONG = "Otra#Clave2026"
_newcomers = itertools.count(1)


# -- L1 --------------------------------------------------------------------------------------------------------------------------


def test_the_page_has_all_that_a_person_needs(house):
    page = house.portero.browser().get(house.portero.portal("/login"))
    form = page.form_with("password")
    assert page.status == 200 and page.language == "en"
    assert {"organization", "username", "password"} <= set(form.fields)
    assert form.types["password"] == "password"
    assert "Portero of the tests" in page.words and "help@portero.test" in page.words
    assert re.search(r"unauthori[sz]ed", page.words, re.I) and re.search(r"monitor", page.words, re.I)
    assert any("lang=es" in link.get("href", "") for link in page.links), "no way to Spanish"


def test_the_language_is_switched_and_remembered(house):
    browser = house.portero.browser(language="en")
    spanish = browser.get(f"{house.portero.portal('/login')}?lang=es")
    assert spanish.language == "es" and re.search(r"contraseña", spanish.words, re.I)
    assert browser.get(house.portero.portal("/login")).language == "es"
    assert browser.get(f"{house.portero.portal('/login')}?lang=en").language == "en"
    assert browser.get(house.portero.portal("/login")).language == "en"


def test_the_browsers_own_language_is_spoken_to_who_has_not_chosen(house):
    assert house.portero.browser(language="es-MX,es;q=0.9,en;q=0.5").get(house.portero.portal("/login")).language == "es"
    assert house.portero.browser(language="fr").get(house.portero.portal("/login")).language == "en"
    assert house.portero.browser().get(f"{house.portero.portal('/login')}?lang=%3Cscript%3E").language == "en"


def test_switching_the_language_keeps_where_one_was_going(house):
    portero = house.portero
    browser = portero.browser()
    page = browser.get(portero.at(SHOP, "/orders?page=2"))
    link = next(link["href"] for link in page.links if "lang=es" in link.get("href", ""))
    page = browser.get(urllib.parse.urljoin(page.url, link))
    assert page.language == "es"
    page = browser.submit(page, page.form_with("password"), portero.fill(page, house.person(), PASSWORD))
    assert page.response.json()["target"] == "/orders?page=2"


def test_a_single_organization_is_not_asked_for(lone):
    house = lone(organizations=("acme",))
    page = house.portero.browser().get(house.portero.portal("/login"))
    assert page.form_with("password").types.get("organization", "hidden") == "hidden"
    house.portero.sign_in(house.person(apps=("shop",)))


# -- L2 --------------------------------------------------------------------------------------------------------------------------


def test_an_organization_key_takes_what_a_mexican_rfc_holds(house):
    portero = house.portero
    for key, typed in (("ÑO&851231AB1", "ño&851231ab1"), ("XAXX010101000", "xaxx010101000"), ("&ÑA", "&n\u0303a")):
        portero.add_org(key, f"Company {key}")
        portero.add_user(f"{key}/tester", apps=("shop",))
        portero.sign_in(f"{typed}/tester")
        portero.sign_in(f" {key.swapcase()} /tester")


def test_a_username_has_one_form_however_it_is_typed(house):
    portero = house.portero
    portero.add_user("acme/José.Nuñez", apps=("shop",))
    for typed in ("josé.nuñez", "JOSÉ.NUÑEZ", "jose\u0301.nun\u0303ez", "ｊosé.nuñez"):
        _, page = portero.sign_in(f"acme/{typed}", url=portero.at(SHOP, "/"))
        names = [value for name, value in page.response.json()["headers"] if name.lower() == "remote-user"]
        assert [name.encode("latin-1").decode() for name in names] == ["josé.nuñez"]
    again = portero.run("user", "add", "acme/JOSÉ.nuñez", "--name", "Twin", "--password-stdin", stdin=PASSWORD + "\n")
    assert again.returncode == 1


# -- L4, E3 ----------------------------------------------------------------------------------------------------------------------


def new_temporary(house) -> tuple[str, str]:
    """An account with nothing but a temporary password, and that password."""
    account = f"acme/newcomer{next(_newcomers):04}"
    return account, house.portero.add_user(account, apps=("shop",), password=None)


def change(page, browser, old, new, confirm=None):
    form = page.form_with("new_password")
    values = {"new_password": new, "confirm_password": confirm or new}
    if "old_password" in form.fields and form.types["old_password"] != "hidden":
        values["old_password"] = old
    return browser.submit(page, form, values)


@pytest.mark.parametrize("host", ["portal.localhost", SHOP])
def test_a_temporary_password_opens_the_update_page_and_nothing_else(house, host):
    portero = house.portero
    account, temporary = new_temporary(house)
    browser = portero.browser()
    wanted = portero.at(host, "/wiki" if host == portero.portal_host else "/account")
    page = portero.try_sign_in(browser, account, temporary, wanted)
    assert page.path == "/_portero/password" and page.has_form_with("new_password"), page.trail
    assert account.split("/")[1] in page.text
    for special in '!"#$%&*':
        assert special in page.words, "the policy stands on the page"
    assert browser.fetch(wanted).status == 401
    assert browser.get(portero.portal("/portal")).path != "/_portero/portal"
    page = change(page, browser, temporary, PASSWORD)
    assert page.status == 200 and not page.has_form_with("new_password"), page.words
    portero.sign_in(account)
    refused = portero.try_sign_in(portero.browser(), account, temporary)
    assert refused.status == 401


@pytest.mark.parametrize(
    ("password", "named"),
    [
        ("Aa1!aaa", r"8"),
        ("clave#larga2026", r"upper|capital"),
        ("Clave#Larga", r"digit|number"),
        ("ClaveLarga2026", r"\*"),
        ("P@ssw0rd", r"common|\*"),
        ("X1!" + "x" * 126, r"128"),
    ],
)
def test_each_rule_that_is_not_met_is_named(house, password, named):
    account, temporary = new_temporary(house)
    browser = house.portero.browser()
    page = house.portero.try_sign_in(browser, account, temporary)
    page = change(page, browser, temporary, password)
    assert page.status == 422 and page.has_form_with("new_password")
    assert re.search(named, page.words, re.I), page.words
    assert password not in page.text


def test_a_password_of_64_characters_of_any_script_is_accepted(house):
    account, temporary = new_temporary(house)
    browser = house.portero.browser()
    long = "Ж#1 пароль ñandú 日本 🐎 " * 3
    page = house.portero.try_sign_in(browser, account, temporary)
    page = change(page, browser, temporary, long[:64])
    assert page.status == 200 and not page.has_form_with("new_password"), page.words
    house.portero.sign_in(account, long[:64])
    assert house.portero.try_sign_in(house.portero.browser(), account, long[:63]).status == 401


def test_a_password_that_is_ones_own_name_is_refused(house):
    account, temporary = new_temporary(house)
    browser = house.portero.browser()
    page = house.portero.try_sign_in(browser, account, temporary)
    page = change(page, browser, temporary, account.split("/")[1].title() + "#1")
    assert page.status == 422


def test_a_temporary_password_can_never_become_the_lasting_one(house):
    account, temporary = new_temporary(house)
    browser = house.portero.browser()
    page = house.portero.try_sign_in(browser, account, temporary)
    page = change(page, browser, temporary, temporary)
    assert page.status == 422


def test_the_temporary_password_is_shown_once_in_words_too(house):
    printed = house.portero.cli("user", "add", "acme/printed", "--name", "Prin Ted")
    found = [word for word in printed.split() if re.fullmatch(r"\S{16,}", word) and re.search(r"\d", word) and "acme" not in word]
    assert any(
        house.portero.try_sign_in(house.portero.browser(), "acme/printed", word).path == "/_portero/password" for word in found
    )
    assert not any(word in house.portero.cli("user", "show", "acme/printed") for word in found)


def test_the_two_new_passwords_have_to_agree(house):
    account, temporary = new_temporary(house)
    browser = house.portero.browser()
    page = house.portero.try_sign_in(browser, account, temporary)
    page = change(page, browser, temporary, PASSWORD, WRONG)
    assert page.status == 422
    assert house.portero.try_sign_in(house.portero.browser(), account, PASSWORD).status == 401


# -- L6 --------------------------------------------------------------------------------------------------------------------------

KINDS = ["unknown organization", "unknown user", "wrong password", "deactivated", "no password"]


# Of each kind, all with names of one length, so that pages that repeat them have one length too.
ACCOUNTS = 9


@pytest.fixture(scope="module")
def accounts(house):
    found = {kind: [] for kind in KINDS}
    for number in range(ACCOUNTS):
        found["unknown organization"].append(f"nada/login-a{number}")
        found["unknown user"].append(f"acme/login-b{number}")
        for kind, letter, password in (
            ("wrong password", "c", PASSWORD),
            ("deactivated", "d", PASSWORD),
            ("no password", "e", None),
        ):
            account = f"acme/login-{letter}{number}"
            house.portero.add_user(account, apps=("shop",), password=password)
            found[kind].append(account)
        house.portero.cli("user", "deactivate", found["deactivated"][-1])
    return found


def refuse(house, account, password):
    browser = house.portero.browser()
    page = browser.get(house.portero.portal("/login"))
    form, values = page.form_with("password"), house.portero.fill(page, account, password)
    before = time.perf_counter()
    refused = browser.submit(page, form, values, follow=False)
    return refused, time.perf_counter() - before


def test_no_refusal_tells_who_exists(house, accounts):
    answers = {}
    for kind in KINDS:
        account = accounts[kind][0]
        refused, _ = refuse(house, account, WRONG)
        assert refused.status == 401, f"{kind}: {refused.status}"
        assert refused.has_form_with("password") and WRONG not in refused.text
        answers[kind] = masked(refused.response, *account.split("/"))
    for kind in KINDS[1:]:
        for what, mine, first in zip(("status", "headers", "body", "length"), answers[kind], answers[KINDS[0]], strict=True):
            assert mine == first, f"the {what} of {kind!r} differs from that of {KINDS[0]!r}"


def test_the_right_password_of_a_deactivated_account_is_refused_like_a_wrong_one(house, accounts):
    account = accounts["deactivated"][1]
    right, wrong = refuse(house, account, PASSWORD)[0], refuse(house, accounts["unknown user"][1], WRONG)[0]
    assert masked(right.response, *account.split("/")) == masked(wrong.response, *accounts["unknown user"][1].split("/"))


def test_malformed_names_are_refused_like_unknown_ones(house, accounts):
    usual = refuse(house, accounts["unknown user"][2], WRONG)[0]
    for account in ("acme/" + "x" * 300, "a/x", "acme/a b", "ac me/x", "acme/\u0000x", "acme/\u202ex", "../x"):
        refused = refuse(house, account, WRONG)[0]
        assert refused.status == usual.status, account


def test_no_refusal_takes_a_time_that_tells_who_exists(house, accounts):
    times = {kind: [] for kind in KINDS}
    # Kinds take turns, so that a busy moment falls on all of them; no account fails so often that it is slowed down.
    for account in range(3, ACCOUNTS):
        for _ in range(2):
            for kind in KINDS:
                times[kind].append(refuse(house, accounts[kind][account], WRONG)[1])
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    fastest, slowest = min(medians.values()), max(medians.values())
    assert slowest < 1.5 * fastest, f"{ {kind: round(value * 1000, 1) for kind, value in medians.items()} } ms"
    for kind, values in times.items():
        others = [value for other in KINDS if other != kind for value in times[other]]
        assert min(values) < statistics.median(others) < max(values), f"{kind} can be told by its time"


# -- L7 --------------------------------------------------------------------------------------------------------------------------


def test_every_attempt_leaves_one_audit_event_with_its_reason(house, accounts):
    portero = house.portero
    account = house.person()

    def attempt(who: str, password: str) -> list[str]:
        before = len(portero.log_text())
        portero.try_sign_in(portero.browser(), who, password)
        told = portero.log_text()[before:]
        events = [line for line in told.splitlines() if "audit" in line and "action=sign_in" in line]
        assert len(events) == 1, told
        assert password not in told
        return re.findall(r"reason=(\w+)", events[0])

    assert attempt(account, PASSWORD) == ["ok"]
    assert attempt(account, WRONG) == ["wrong_password"]
    assert attempt(accounts["unknown organization"][0], WRONG) == ["unknown_organization"]
    assert attempt(accounts["unknown user"][0], WRONG) == ["unknown_user"]
    assert attempt(accounts["deactivated"][0], PASSWORD) == ["deactivated"]
    assert attempt(accounts["no password"][0], WRONG) == ["no_password"]


# -- L8 --------------------------------------------------------------------------------------------------------------------------


def test_signing_in_makes_a_new_session_and_never_adopts_one(house):
    portero = house.portero
    account = house.person()
    browser, _ = portero.sign_in(account)
    first = browser.session_cookie(portero.portal_host)
    planted = portero.browser()
    planted.jar[portero.portal_host] = {"portero": "A" * len(first)}
    portero.sign_in(account, browser=planted)
    second = planted.session_cookie(portero.portal_host)
    assert first and second and second not in (first, "A" * len(first))
    assert len(first) >= 43, "256 bits in base64url"


def test_signing_in_again_ends_the_browsers_session_before(house):
    portero = house.portero
    account = house.person()
    browser, _ = portero.sign_in(account)
    before = dict(browser.jar[portero.portal_host])
    page = browser.get(portero.portal("/login"))
    if not page.has_form_with("password"):
        # Who is signed in already is led on to the portal.
        assert page.path == "/_portero/portal"
        return
    browser.submit(page, page.form_with("password"), portero.fill(page, account, PASSWORD))
    old = portero.browser()
    old.jar[portero.portal_host] = before
    assert old.get(portero.portal("/portal")).has_form_with("password")


def test_a_form_is_worth_nothing_in_another_browser_or_without_its_token(house):
    portero = house.portero
    account = house.person()
    theirs = portero.browser()
    page = theirs.get(portero.portal("/login"))
    form = page.form_with("password")
    values = {**form.fields, **portero.fill(page, account, PASSWORD)}
    for forged in (
        values,
        {name: value for name, value in values.items() if name not in form.hidden()},
        values | dict.fromkeys(form.hidden(), "x"),
    ):
        mine = portero.browser()
        refused = mine.post(portero.portal("/login"), forged, origin=portero.origin)
        assert refused.status in (400, 403, 422), refused.status
        assert mine.get(portero.portal("/portal")).has_form_with("password")


def test_empty_and_odd_forms_are_refused_politely(house):
    portero = house.portero
    browser = portero.browser()
    page = browser.get(portero.portal("/login"))
    form = page.form_with("password")
    hidden = form.hidden()
    for fields in (
        {},
        {"username": "x"},
        {"username": "", "password": "", "organization": ""},
        {"password": "x" * 5000, "username": "x"},
    ):
        refused = browser.post(portero.portal("/login"), {**hidden, **fields}, origin=portero.origin)
        assert 400 <= refused.status < 500, f"{fields} got {refused.status}"
    for data in ("%", "a=%ff%fe", "&&&&", "=" * 100, "username=" + "x" * 200_000, "\x00"):
        refused = browser.post(portero.portal("/login"), data, origin=portero.origin)
        assert 400 <= refused.status < 500, f"{data[:20]!r} got {refused.status}"


@pytest.mark.parametrize("emptied", ["organization", "username", "password"])
def test_a_form_that_lacks_a_field_is_no_attempt(house, emptied):
    portero, account = house.portero, house.person()
    for way in ("empty", "missing"):
        browser = portero.browser()
        form = browser.get(portero.portal("/login")).form_with("password")
        values = {**form.hidden(), "organization": "acme", "username": account.split("/")[1], "password": PASSWORD}
        if way == "empty":
            values[emptied] = ""
        else:
            del values[emptied]
        page = browser.post(portero.portal("/login"), values, origin=portero.origin)
        assert page.status == 422, f"{way}: {page.status}"
        assert "fill in every field" in page.words


def test_the_sign_in_page_takes_only_get_and_post(house):
    for method in ("PUT", "DELETE", "PROPFIND"):
        headers = [("Host", f"{house.portero.portal_host}:{house.portero.port}")]
        assert exchange(house.portero.port, method, "/_portero/login", headers, source=fresh_address()).status in (400, 403, 405)
