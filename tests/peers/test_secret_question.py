"""Q2–Q4: back in by the secret question, and everything that must not get in by it."""

from __future__ import annotations

import concurrent.futures
import re
import urllib.parse

import pytest

from mail_folder import Mailbox
from program import PASSWORD
from test_settings import set_question

NEW = "Nube-Clara#99"
ANSWER = "Duque de la Sierra"


@pytest.fixture
def asked(lone, tmp_path):
    """A Portero that writes its messages to a folder; Ana has a question."""
    letters = Mailbox(tmp_path / "letters")
    portero = lone(mail=letters.section).portero
    portero.add_user("acme/ana", emails=["ana@acme.test", "ana@casa.test"])
    browser, _ = portero.sign_in("acme/ana")
    assert set_question(portero, browser, answer=ANSWER).status == 200
    letters.take(portero, 2)
    return portero, letters


def address(portero, username="ana", organization="acme"):
    query = urllib.parse.urlencode({"organization": organization, "username": username})
    return portero.portal(f"/recover/secret-question?{query}")


def answer(portero, browser, text=ANSWER, username="ana", **options):
    page = browser.get(address(portero, username))
    assert page.status == 200, page.words
    return browser.submit(page, page.form_with("answer"), {"answer": text}, **options)


def question_in(page) -> str:
    return re.search(r'<p class="shown"><strong>(.*?)</strong>', page.text)[1]


def signs_in(portero, password) -> bool:
    return portero.try_sign_in(portero.browser(), "acme/ana", password).path == "/_portero/portal"


# Q2
def test_from_the_chooser_to_a_new_password(asked):
    portero, letters = asked
    browser = portero.browser()
    chooser = browser.get(portero.portal("/recover?organization=acme&username=ana"))
    way = next(link["href"] for link in chooser.links if "/recover/secret-question" in link.get("href", ""))
    page = browser.get(urllib.parse.urljoin(chooser.url, way))
    assert question_in(page) == "What was the name of your first pet?"
    page = browser.submit(page, page.form_with("answer"), {"answer": " DUQUE de-la sierra"})
    assert page.status == 200 and page.trail[-1] == address(portero)
    assert set(letters.take(portero, 2)) == {"ana@acme.test", "ana@casa.test"}, "every use is told"
    for new, confirmation in [("short", "short"), (NEW, "Other#2026"), ("", ""), (PASSWORD, PASSWORD)]:
        values = {"new_password": new, "confirm_password": confirmation}
        refused = browser.submit(page, page.form_with("new_password"), values)
        assert refused.status == 422 and refused.has_form_with("new_password"), (new, confirmation)
    values = {"new_password": NEW, "confirm_password": NEW}
    saved = browser.submit(page, page.form_with("new_password"), values)
    assert saved.status == 200 and "saved" in saved.words and saved.path == "/_portero/recover/sent"
    assert set(letters.take(portero, 2)) == {"ana@acme.test", "ana@casa.test"}
    assert browser.session_cookie(portero.portal_host) is None, "nobody is signed in by it"
    assert not signs_in(portero, PASSWORD) and signs_in(portero, NEW)
    again = browser.submit(page, page.form_with("new_password"), {"new_password": PASSWORD, "confirm_password": PASSWORD})
    assert again.status == 422 and not again.has_form_with("new_password")


# Q2
def test_names_are_asked_for_where_none_came_along_in_both_languages(asked):
    portero, _ = asked
    browser = portero.browser(language="es")
    page = browser.get(portero.portal("/recover/secret-question"))
    form = page.form_with("username")
    assert browser.submit(page, form, {"organization": "", "username": "ana"}).status == 422
    assert browser.submit(page, form, {"organization": "acme", "username": " "}).status == 422
    page = browser.submit(page, form, {"organization": "acme", "username": "ana"})
    assert question_in(page) == "¿Cómo se llamaba su primera mascota?"
    switch = next(link["href"] for link in page.links if "lang=en" in link.get("href", ""))
    assert question_in(browser.get(urllib.parse.urljoin(page.url, switch))) == "What was the name of your first pet?"


# Q2: one form with all three
def test_answer_and_new_password_may_come_together(asked):
    portero, _ = asked
    browser = portero.browser()
    page = browser.get(address(portero))
    fields = {**page.form_with("answer").fields, "new_password": NEW, "confirm_password": NEW}
    wrong = browser.post(address(portero), {**fields, "answer": "Firulais"}, origin=portero.origin)
    assert wrong.status == 401 and wrong.has_form_with("answer") and signs_in(portero, PASSWORD)
    weak = browser.post(address(portero), {**fields, "answer": ANSWER, "new_password": "weak"}, origin=portero.origin)
    assert weak.status == 422 and weak.has_form_with("new_password")
    saved = browser.post(address(portero), {**fields, "answer": ANSWER}, origin=portero.origin)
    assert saved.status == 200 and saved.path == "/_portero/recover/sent" and signs_in(portero, NEW)


# Q2, Q3: rule 1
def test_nothing_tells_who_exists_or_has_a_question(asked):
    portero, letters = asked
    portero.add_user("acme/beto", emails=["beto@acme.test"])
    portero.add_user("acme/closed")
    portero.cli("user", "deactivate", "acme/closed")
    seen = {}
    for username in ("ana", "beto", "closed", "nobody", "no name"):
        browser = portero.browser()
        shown = browser.get(address(portero, username))
        refused = answer(portero, browser, "Firulais", username)
        body = refused.text.replace(question_in(refused), "?")
        body = re.sub(r'(value|href)="[^"]*"', "", body)
        headers = sorted(name.lower() for name, _ in refused.response.headers)
        seen[username] = (shown.status, refused.status, headers, body)
        # What is no username has no canonical form; it cannot be anybody's.
        spelling = username if " " in username else username.upper()
        again = portero.browser().get(address(portero, spelling))
        assert question_in(shown) == question_in(refused) == question_in(again), username
    assert len({str(value) for value in seen.values()}) == 1, seen
    assert seen["ana"][1] == 401 and letters.has_nothing_more(portero)


# Q3
def test_five_wrong_answers_close_it_until_the_next_sign_in(asked):
    portero, letters = asked
    browser = portero.browser()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        racers = [pool.submit(answer, portero, portero.browser(), f"guess {number}") for number in range(8)]
        assert all(racer.result().status == 401 for racer in racers)
    before = question_in(browser.get(address(portero)))
    assert answer(portero, browser).status == 401, "closed, even for the right answer"
    assert question_in(browser.get(address(portero))) == before
    portero.restart()
    assert answer(portero, portero.browser()).status == 401, "and after a restart"
    assert letters.has_nothing_more(portero)
    owner, _ = portero.sign_in("acme/ana")
    assert answer(portero, portero.browser()).has_form_with("new_password")
    assert owner.get(portero.portal("/portal")).status == 200


# Rule 4
def test_no_step_can_be_skipped_forged_or_taken_by_another_browser(asked):
    portero, _ = asked
    portero.add_user("acme/eva")
    browser, thief = portero.browser(), portero.browser()
    fields = browser.get(address(portero)).form_with("answer").fields
    new = {"new_password": NEW, "confirm_password": NEW}
    skipped = {**new, "step": "question-password"}
    for extra in (skipped, {**new, "answer": ""}, {"answer": ""}, {"answer": "  "}, {"csrf": ""}):
        page = browser.post(address(portero), {**fields, "answer": "", **extra}, origin=portero.origin)
        assert page.status == 422 and not page.has_form_with("new_password"), extra
    forged = {**fields, "answer": ANSWER}
    assert browser.post(address(portero), forged, origin="http://evil.test", site="cross-site").status == 403
    opened = answer(portero, browser)
    form = opened.form_with("new_password")
    assert thief.post(address(portero), {**form.fields, **new}, origin=portero.origin).status == 422
    mine = thief.get(address(portero)).form_with("answer").fields
    thief.jar[portero.portal_host]["portero-proof"] = browser.jar[portero.portal_host]["portero-proof"]
    stolen = {**form.fields, **new, "csrf": mine["csrf"]}
    assert thief.post(address(portero), stolen, origin=portero.origin).status == 422, "the proof is another browser's"
    assert not thief.get(address(portero)).has_form_with("new_password")
    crossed = {**form.fields, **new, "username": "eva"}
    assert browser.post(address(portero), crossed, origin=portero.origin).status == 422, "another account"
    assert signs_in(portero, PASSWORD)


# Q3: secrets
def test_answers_stand_in_no_log_trail_or_store(asked):
    portero, _ = asked
    answer(portero, portero.browser())
    text = portero.log_text() + portero.cli("audit", "--json") + portero.cli("user", "show", "acme/ana", "--json")
    stored = b"".join(path.read_bytes() for path in portero.data.rglob("*") if path.is_file())
    for secret in (ANSWER, "duquedelasierra"):
        assert secret not in text and secret.encode() not in stored


# Rule 6
def test_the_captcha_guards_the_answer(lone):
    portero = lone(organizations=("acme",), captcha='mode = "always"').portero
    browser = portero.browser()
    page = browser.get(portero.portal("/recover/secret-question?username=nobody"))
    form = page.form_with("answer")
    assert "captcha" in form.fields
    refused = browser.submit(page, form, {"answer": "anything", "captcha": "wrong"})
    assert refused.status == 422 and refused.has_form_with("answer")
