"""P3, P4 and Q1: the settings of the own account."""

from __future__ import annotations

import json

from conftest import SHOP
from program import PASSWORD


def settings(portero, browser):
    page = browser.get(portero.portal("/settings"))
    assert page.status == 200, page.words
    return page


def set_question(portero, browser, **values):
    page = settings(portero, browser)
    filled = {"question": "first-pet", "answer": "Duque de la Sierra", "password": PASSWORD, **values}
    return browser.submit(page, page.form_with("answer"), filled)


# P3
def test_the_portal_leads_to_address_settings_password_and_out(house):
    account = house.person(emails=["p@acme.test"])
    _, portal = house.portero.sign_in(account)
    addresses = {link.get("href") for link in portal.links}
    assert {"/_portero/settings", "/_portero/email", "/_portero/password"} <= addresses
    assert portal.form_to("/logout") and account.split("/")[1] in portal.words and "days" in portal.words


# P4
def test_the_page_shows_what_there_is_and_is_for_its_owner_alone(house):
    portero = house.portero
    account = house.person(emails=["one@acme.test", "two@acme.test"])
    browser, _ = portero.sign_in(account)
    page = settings(portero, browser)
    for shown in ("one@acme.test", "two@acme.test", account.split("/")[1], "this one", browser.source):
        assert shown in page.words, shown
    assert page.response.header("cache-control") == "no-store"
    door = portero.browser().get(portero.portal("/settings"))
    assert door.path == "/_portero/login" and door.form_with("password").fields["return_to"] == "/_portero/settings"
    assert portero.browser().fetch(portero.portal("/settings")).status == 401


# P4
def test_one_session_and_all_others_end_at_once_everywhere(house):
    portero = house.portero
    account = house.person()
    here, _ = portero.sign_in(account)
    browsers = [portero.sign_in(account, url=portero.at(SHOP, "/open"))[0] for _ in range(3)]
    stranger, _ = portero.sign_in(house.person())
    page = settings(portero, here)
    rows = [form for form in page.forms if form.action.endswith("/sessions/end")]
    assert len(rows) == 4
    by_address = dict(zip([word for word in page.text.split("address ")[1:]], rows, strict=True))
    row = next(form for text, form in by_address.items() if text.startswith(browsers[0].source + "<"))
    taken = stranger.get(portero.portal("/settings"))
    stolen = {**taken.form_to("/sessions/end").fields, "session": row.fields["session"]}
    stranger.post(portero.portal("/settings/sessions/end"), stolen, origin=portero.origin)
    assert browsers[0].get(portero.at(SHOP, "/still")).status == 200
    assert "/_portero/login" not in browsers[0].get(portero.at(SHOP, "/still")).url, "nobody else ends it"

    assert here.submit(page, row).path == "/_portero/settings"
    assert browsers[0].get(portero.at(SHOP, "/gone")).path == "/_portero/login"
    assert browsers[1].get(portero.at(SHOP, "/there")).status == 200
    page = settings(portero, here)
    page = here.submit(page, page.form_to("/sessions/end-others"))
    assert page.status == 200 and len([form for form in page.forms if form.action.endswith("/sessions/end")]) == 1
    for browser in browsers:
        assert browser.get(portero.at(SHOP, "/gone")).path == "/_portero/login"
    assert stranger.get(portero.portal("/portal")).path == "/_portero/portal"


# P4
def test_the_language_is_remembered_in_other_browsers_too(house):
    portero = house.portero
    account = house.person()
    browser, _ = portero.sign_in(account)
    page = settings(portero, browser)
    assert page.language == "en"
    page = browser.submit(page, page.form_with("language"), {"language": "es"})
    assert (page.language, page.status) == ("es", 200)
    other = portero.browser(language="en")
    assert portero.sign_in(account, browser=other)[1].language == "es"
    form = settings(portero, browser).form_with("language")
    for value in ("", "xx", "es-MX", "../en"):
        sent = {**form.fields, "language": value}
        assert browser.post(portero.portal("/settings/language"), sent, origin=portero.origin).status == 400


# Q1
def test_a_question_is_set_shown_in_both_languages_and_removed(house):
    portero = house.portero
    account = house.person()
    browser, _ = portero.sign_in(account)
    page = set_question(portero, browser)
    assert page.status == 200 and "You are asked: What was the name of your first pet?" in page.words
    assert "Duque" not in page.text
    assert "¿Cómo se llamaba su primera mascota?" in browser.get(portero.portal("/settings?lang=es")).words
    browser.get(portero.portal("/settings?lang=en"))
    page = set_question(portero, browser, question="own", own_question="¿Qué barco tuvo Nino?", answer="La Perla")
    assert page.status == 200 and "You are asked: ¿Qué barco tuvo Nino?" in page.words
    fields = {**page.form_with("answer").fields, "remove": "question", "answer": "", "password": "Wrong#2026"}
    assert browser.post(portero.portal("/settings"), fields, origin=portero.origin).status == 401
    fields["password"] = PASSWORD
    page = browser.post(portero.portal("/settings"), fields, origin=portero.origin)
    assert page.status == 200 and "You have none" in page.words


# Q1, Q3
def test_what_is_no_secret_is_refused_and_the_password_is_needed(house):
    portero = house.portero
    account = house.person(name="Ana Núñez")
    browser, _ = portero.sign_in(account)
    cases = [
        ({"answer": ""}, 422),
        ({"answer": " a!"}, 422),
        ({"answer": "nunez"}, 422),
        ({"answer": "Acme"}, 422),
        ({"answer": account.split("/")[1]}, 422),
        ({"answer": "mascota"}, 422),
        ({"answer": "x" * 101}, 422),
        ({"question": "own", "own_question": ""}, 422),
        ({"question": "own", "own_question": "Is it blue?", "answer": "blue"}, 422),
        ({"question": "own", "own_question": "a\r\nb: c"}, 422),
        ({"question": "own", "own_question": "long " * 60}, 422),
        ({"password": "Wrong#2026"}, 401),
        ({"answer": "", "password": "Wrong#2026"}, 401),
        ({"password": ""}, 401),
    ]
    for values, status in cases:
        page = set_question(portero, browser, **values)
        assert page.status == status and page.has_form_with("answer"), (values, page.status)
        assert "Wrong#2026" not in page.text
    assert "You have none" in settings(portero, browser).words
    answers = [set_question(portero, browser, password=f"Guess#{number}") for number in range(13)]
    assert answers[-1].status == 429 and answers[-1].response.header("retry-after")


# Rule 4
def test_a_form_of_another_page_or_browser_changes_nothing(house):
    portero = house.portero
    browser, _ = portero.sign_in(house.person())
    fields = {**settings(portero, browser).form_with("language").fields, "language": "es"}
    email = browser.get(portero.portal("/email")).form_with("new_email").fields["csrf"]
    for csrf in ("", email, fields["csrf"][::-1]):
        for path in ("", "/language", "/sessions/end", "/sessions/end-others"):
            sent = {**fields, "csrf": csrf}
            assert browser.post(portero.portal(f"/settings{path}"), sent, origin=portero.origin).status == 422, path
    assert browser.post(portero.portal("/settings/language"), fields, origin="http://evil.test", site="cross-site").status == 403
    assert settings(portero, browser).language == "en"
    for path in ("/language", "/sessions/end", "/sessions/end-others"):
        assert browser.get(portero.portal(f"/settings{path}")).status == 405
    assert browser.get(portero.portal("/settings/nothing")).status == 404
    assert browser.get(portero.portal("/settings?saved=%3Cb%3E")).status == 200


def test_the_trail_tells_what_was_changed(lone):
    portero = lone(organizations=("acme",)).portero
    portero.add_user("acme/ana")
    browser, _ = portero.sign_in("acme/ana")
    set_question(portero, browser)
    set_question(portero, browser, password="Wrong#2026")
    page = settings(portero, browser)
    browser.submit(page, page.form_to("/sessions/end-others"))
    lines = [json.loads(line) for line in portero.cli("audit", "--json").splitlines() if line.startswith("{")]
    told = {(event["action"], event["reason"]) for event in lines}
    assert {("set_question", "ok"), ("set_question", "wrong_password"), ("end_sessions", "ok")} <= told
    assert "Duque" not in portero.log_text() + portero.cli("audit")
