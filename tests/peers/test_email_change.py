"""M1–M3: another e-mail address, from the form to the message that closes it, and every way to cheat on it."""

from __future__ import annotations

import pytest

from conftest import SHOP
from mail_folder import Mailbox, link_in
from program import PASSWORD

NEW = "ana@nueva.test"


@pytest.fixture
def posted(lone, tmp_path):
    """A Portero that writes its messages to a folder, with Ana in it."""
    letters = Mailbox(tmp_path / "letters")
    portero = lone(organizations=("acme",), mail=letters.section).portero
    portero.add_user("acme/ana", apps=["shop"], emails=["ana@acme.test", "ana@casa.test"])
    return portero, letters


def ask(portero, browser, new=NEW, password=PASSWORD, **options):
    page = browser.get(portero.portal("/email"))
    return browser.submit(page, page.form_with("new_email"), {"new_email": new, "password": password}, **options)


def press(browser, link: str, **options):
    """Opens a link from a message and presses its button."""
    page = browser.get(link)
    assert page.status == 200, page.words
    return browser.submit(page, page.form_with("token"), **options)


def addresses(portero, account="acme/ana") -> list[str]:
    return portero.cli_json("user", "show", account)["emails"]


# M1, M2, M3
def test_the_address_changes_when_the_new_mailbox_says_so_and_everybody_is_told(posted, echo):
    portero, letters = posted
    browser, _ = portero.sign_in("acme/ana", url=portero.at(SHOP, "/before"))
    form = browser.get(portero.portal("/email"))
    assert "ana@acme.test" in form.words and form.form_with("username").fields["username"] == "ana"
    asked = ask(portero, browser)
    assert (asked.status, asked.trail[-1]) == (200, portero.portal("/email"))
    assert NEW in asked.words
    mails = letters.take(portero, 3)
    assert set(mails) == {NEW, "ana@acme.test", "ana@casa.test"}
    confirm = link_in(mails[NEW], "/email/confirm")
    link_in(mails["ana@casa.test"], "/email/stop")
    assert NEW in browser.get(portero.portal("/settings")).words

    scanner = portero.browser()
    for _ in range(3):
        assert scanner.get(confirm).status == 200
    assert addresses(portero)[0] == "ana@acme.test", "opening a link changes nothing"

    done = press(portero.browser(), confirm)
    assert (done.status, done.path) == (200, "/_portero/email/confirmed")
    assert addresses(portero) == [NEW, "ana@casa.test"]
    assert set(letters.take(portero, 3)) == {NEW, "ana@acme.test", "ana@casa.test"}
    browser.get(portero.at(SHOP, "/after"))
    seen = [dict(request["headers"]) for request in echo.seen if request["target"] in ("/before", "/after")]
    told = [next(value for name, value in headers.items() if name.lower() == "remote-email") for headers in seen[-2:]]
    assert told == ["ana@acme.test", NEW], "the application hears of it at once"


# M2: replayed, crossed and late links
def test_a_link_works_once_and_for_nothing_else(posted):
    portero, letters = posted
    portero.add_user("acme/eva", emails=["eva@acme.test"])
    browser, _ = portero.sign_in("acme/ana")
    ask(portero, browser)
    mails = letters.take(portero, 3)
    confirm, stop = link_in(mails[NEW], "/email/confirm"), link_in(mails["ana@acme.test"], "/email/stop")
    token, stopping = confirm.split("token=")[1], stop.split("token=")[1]
    stranger = portero.browser()
    for path, wrong in [("confirm", stopping), ("stop", token), ("confirm", ""), ("confirm", "A" * 64), ("stop", "../x")]:
        page = stranger.get(portero.portal(f"/email/{path}?token={wrong}"))
        assert page.status == 401 and not page.has_form_with("token"), (path, wrong)
    good = stranger.get(confirm).form_with("token")
    for fields in [{**good.fields, "csrf": ""}, {**good.fields, "csrf": good.fields["csrf"][::-1]}]:
        refused = stranger.post(portero.portal("/email/confirm"), fields, origin=portero.origin)
        assert refused.status == 422, "a form of nobody's"
    forged = stranger.post(portero.portal("/email/confirm"), good.fields, origin="http://evil.test", site="cross-site")
    assert forged.status == 403
    assert portero.browser().post(portero.portal("/email/confirm"), good.fields, origin=portero.origin).status == 422
    assert addresses(portero)[0] == "ana@acme.test"
    assert stranger.post(portero.portal("/email/confirm"), good.fields, origin=portero.origin).status == 200
    assert stranger.post(portero.portal("/email/confirm"), good.fields, origin=portero.origin).status == 401, "replayed"
    for link in (confirm, stop):
        assert portero.browser().get(link).status == 401
    assert addresses(portero) == [NEW, "ana@casa.test"], "nothing stops what is done"


# M2
def test_the_old_mailbox_and_the_person_can_stop_it(posted):
    portero, letters = posted
    browser, _ = portero.sign_in("acme/ana")
    ask(portero, browser)
    mails = letters.take(portero, 3)
    stopped = press(portero.browser(), link_in(mails["ana@casa.test"], "/email/stop"))
    assert stopped.path == "/_portero/email/stopped"
    assert portero.browser().get(link_in(mails[NEW], "/email/confirm")).status == 401
    ask(portero, browser)
    mails = letters.take(portero, 3)
    settings = browser.get(portero.portal("/settings"))
    assert NEW in settings.words
    after = browser.submit(settings, settings.form_to("/email/withdraw"))
    assert after.path == "/_portero/settings" and NEW not in after.words
    assert portero.browser().get(link_in(mails[NEW], "/email/confirm")).status == 401
    assert addresses(portero) == ["ana@acme.test", "ana@casa.test"]


# M2, E4
def test_a_new_password_kills_the_pending_change(posted):
    portero, letters = posted
    browser, _ = portero.sign_in("acme/ana")
    ask(portero, browser)
    confirm = link_in(letters.take(portero, 3)[NEW], "/email/confirm")
    page = browser.get(portero.portal("/password"))
    values = {"old_password": PASSWORD, "new_password": "Nube-Clara#99", "confirm_password": "Nube-Clara#99"}
    assert browser.submit(page, page.form_with("new_password"), values).status == 200
    assert portero.browser().get(confirm).status == 401
    assert addresses(portero)[0] == "ana@acme.test"


# M1
def test_what_cannot_be_an_address_is_refused_and_so_is_a_wrong_password(posted):
    portero, letters = posted
    browser, _ = portero.sign_in("acme/ana")
    malformed = ["", "ana", "añá@nueva.test", "ana@ñ.test", "a@b.test\r\nBcc: x@y.test", "a@b.test\r\n"]
    for new in [*malformed, "x" * 5000 + "@b.test"]:
        page = ask(portero, browser, new)
        assert page.status == 422 and page.has_form_with("new_email"), new[:40]
        assert new[:4] != "xxxx" or "xxxx" not in page.text
    same = ask(portero, browser, "ANA@acme.test")
    assert same.status == 422 and "already" in same.words
    assert ask(portero, browser, password="").status == 422
    wrong = ask(portero, browser, password="Wrong#2026")
    assert wrong.status == 401 and wrong.form_with("new_email").fields["new_email"] == NEW
    assert "Wrong#2026" not in wrong.text
    assert letters.has_nothing_more(portero) and addresses(portero)[0] == "ana@acme.test"


# M1: guessing
def test_guesses_at_the_password_are_slowed(posted):
    portero, _ = posted
    browser, _ = portero.sign_in("acme/ana")
    answers = [ask(portero, browser, password=f"Guess#{number}") for number in range(13)]
    assert answers[0].status == 401 and answers[-1].status == 429
    assert int(answers[-1].response.header("retry-after")) > 0
    assert ask(portero, browser).status == 429, "even with the right one"


# Rule 5
def test_links_are_never_built_from_the_host_that_was_named(posted):
    portero, letters = posted
    browser, _ = portero.sign_in("acme/ana")
    page = browser.get(portero.portal("/email"))
    forged = [("X-Forwarded-Host", "evil.test"), ("Forwarded", "host=evil.test"), ("X-Forwarded-Proto", "https")]
    form = page.form_with("new_email")
    assert browser.submit(page, form, {"new_email": NEW, "password": PASSWORD}, headers=forged).status == 200
    for message in letters.take(portero, 3).values():
        assert "evil.test" not in message.as_string() and portero.origin in message.get_body(("plain",)).get_content()


# M1
def test_an_account_without_an_address_is_asked_for_one_and_may_decline(posted):
    portero, letters = posted
    portero.add_user("acme/leo", apps=["shop"])
    browser, portal = portero.sign_in("acme/leo")
    assert portal.path == "/_portero/portal"
    assert any(link.get("href") == "/_portero/email" for link in portal.links) and "no e-mail address" in portal.words
    page = browser.get(portero.portal("/email?return_to=/_portero/settings"))
    later = [link["href"] for link in page.links if link.get("href") == "/_portero/settings"]
    assert later and "Not now" in page.words
    added = browser.submit(page, page.form_with("new_email"), {"new_email": "leo@acme.test", "password": PASSWORD})
    assert added.url == portero.portal("/email?return_to=/_portero/settings")
    press(portero.browser(), link_in(letters.take(portero, 1)["leo@acme.test"], "/email/confirm"))
    assert addresses(portero, "acme/leo") == ["leo@acme.test"]
    assert "no e-mail address" not in browser.get(portero.portal("/portal")).words
    elsewhere = browser.get(portero.portal("/email?return_to=//evil.test"))
    assert "evil.test" not in elsewhere.text


def test_a_stranger_is_sent_to_sign_in_and_comes_back(posted):
    portero, _ = posted
    browser = portero.browser()
    _, page = portero.sign_in("acme/ana", browser=browser)
    stranger = portero.browser()
    at_door = stranger.get(portero.portal("/email"))
    assert at_door.path == "/_portero/login" and at_door.form_with("password").fields["return_to"] == "/_portero/email"
    for path in ("/email", "/email/withdraw"):
        refused = stranger.post(portero.portal(path), {"new_email": NEW, "password": PASSWORD}, origin=portero.origin)
        assert refused.path == "/_portero/login"
    assert browser.get(portero.portal("/email/withdraw")).status == 405
    assert browser.get(portero.portal("/email/nothing")).status == 404
