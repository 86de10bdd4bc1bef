"""The captcha stands on the form, can be seen and heard, and is good for one answer."""

import base64
import re
import urllib.parse

import pytest

from conftest import SHOP, House, application
from program import PASSWORD, Portero


@pytest.fixture(scope="module")
def guarded(tmp_path_factory, echo):
    portero = Portero(
        tmp_path_factory.mktemp("captcha"), application("shop", f'host = "{SHOP}"', echo.port), (SHOP,), captcha='mode = "always"'
    ).start()
    portero.add_org("acme")
    portero.add_org("other")
    yield House(portero, echo)
    portero.stop()


def picture(page) -> bytes:
    found = re.search(r'<img[^>]*src="([^"]+)"', page.text)
    assert found, page.text
    source = found[1].replace("&amp;", "&")
    if source.startswith("data:image/png;base64,"):
        return base64.b64decode(source.split(",", 1)[1])
    raise AssertionError(f"an unknown kind of picture: {source[:80]}")


def recording(page, browser) -> bytes:
    found = re.search(r'(?:src|href)="([^"]*/_portero/captcha/audio[^"]*)"', page.text)
    assert found, page.text
    response = browser.fetch(urllib.parse.urljoin(page.url, found[1].replace("&amp;", "&")))
    assert response.status == 200 and response.media_type in ("audio/wav", "audio/x-wav", "audio/wave"), response.headers
    assert "no-store" in response.header("cache-control")
    return response.body


def attempt(portero, browser, page, account, answer, **changed):
    form = page.form_with("password")
    values = {**form.fields, **portero.fill(page, account, PASSWORD), "captcha": answer, **changed}
    return browser.post(urllib.parse.urljoin(page.url, form.action), values, origin=portero.origin)


def test_it_can_be_seen_and_heard(guarded):
    portero = guarded.portero
    browser = portero.browser()
    page = browser.get(portero.portal("/login"))
    assert "captcha" in page.form_with("password").fields
    assert picture(page).startswith(b"\x89PNG\r\n\x1a\n")
    sound = recording(page, browser)
    assert sound[:4] == b"RIFF" and sound[8:12] == b"WAVE" and len(sound) > 10_000


def test_every_page_has_another(guarded):
    portero = guarded.portero
    browser = portero.browser()
    assert picture(browser.get(portero.portal("/login"))) != picture(browser.get(portero.portal("/login")))


def test_without_the_right_answer_the_right_password_opens_nothing(guarded):
    portero = guarded.portero
    account = guarded.person(apps=("shop",))
    for answer in ("", "wrong", "x" * 4000, "%00", "é"):
        browser = portero.browser()
        page = browser.get(portero.portal("/login"))
        refused = attempt(portero, browser, page, account, answer)
        assert refused.status == 422, f"{answer[:10]!r} got {refused.status}"
        assert refused.has_form_with("captcha") and PASSWORD not in refused.text
        assert picture(refused) != picture(page), "a new picture after a wrong answer"
        assert browser.get(portero.portal("/portal")).has_form_with("password")


def test_a_form_without_the_fields_opens_nothing(guarded):
    portero = guarded.portero
    account = guarded.person(apps=("shop",))
    browser = portero.browser()
    page = browser.get(portero.portal("/login"))
    form = page.form_with("password")
    values = {**form.fields, **portero.fill(page, account, PASSWORD)}
    for missing in (["captcha"], ["captcha", "challenge"]):
        sent = {name: value for name, value in values.items() if name not in missing}
        assert browser.post(portero.portal("/login"), sent, origin=portero.origin).status in (400, 403, 422)
    assert browser.get(portero.portal("/portal")).has_form_with("password")


def test_a_challenge_of_another_browser_cannot_be_heard_or_answered(guarded):
    portero = guarded.portero
    theirs, mine = portero.browser(), portero.browser()
    page = theirs.get(portero.portal("/login"))
    found = re.search(r'(?:src|href)="([^"]*/_portero/captcha/audio[^"]*)"', page.text)
    stolen = urllib.parse.urljoin(page.url, found[1].replace("&amp;", "&"))
    assert mine.fetch(stolen).status in (403, 404, 410)


def test_a_recording_speaks_the_readers_language_and_can_be_had_in_parts(guarded):
    portero = guarded.portero
    browser = portero.browser()
    browser.allowed = browser.allowed | {"accept-ranges", "content-range"}
    page = browser.get(portero.portal("/login"))
    english = recording(page, browser)
    assert english == recording(page, browser), "a part of one and a part of another would make noise"
    found = re.search(r'(?:src|href)="([^"]*/_portero/captcha/audio[^"]*)"', page.text)
    address = urllib.parse.urljoin(page.url, found[1].replace("&amp;", "&"))
    for asked, told in (("bytes=0-1", english[:2]), (f"bytes=2-{len(english) - 1}", english[2:])):
        part = browser.fetch(address, headers=[("Range", asked)])
        assert part.status == 206 and part.body == told
        assert part.header("content-range").endswith(f"/{len(english)}")
    assert browser.fetch(address, headers=[("Range", "bytes=99999999-")]).status == 416
    spanish = browser.fetch(f"{address}&lang=es")
    assert spanish.status == 200 and spanish.body != english


def test_a_recording_is_gone_once_the_answer_was_given(guarded):
    portero = guarded.portero
    browser = portero.browser()
    page = browser.get(portero.portal("/login"))
    found = re.search(r'(?:src|href)="([^"]*/_portero/captcha/audio[^"]*)"', page.text)
    address = urllib.parse.urljoin(page.url, found[1].replace("&amp;", "&"))
    assert browser.fetch(address).status == 200
    attempt(portero, browser, page, "acme/nobody", "wrong")
    assert browser.fetch(address).status in (404, 410)


def test_an_answered_challenge_is_refused_again_whatever_the_answer(guarded):
    portero = guarded.portero
    account = guarded.person(apps=("shop",))
    browser = portero.browser()
    page = browser.get(portero.portal("/login"))
    assert attempt(portero, browser, page, account, "wrong").status == 422
    assert attempt(portero, browser, page, account, "other").status == 422


def test_after_failures_it_appears_only_then(lone):
    house = lone(captcha='mode = "after-failures"')
    portero = house.portero
    account = house.person(apps=("shop",))
    browser = portero.browser()
    page = browser.get(portero.portal("/login"))
    assert not page.has_form_with("captcha")
    for _ in range(6):
        page = portero.browser(source=browser.source).get(portero.portal("/login")) if page.status == 429 else page
        if page.has_form_with("captcha"):
            break
        page = browser.submit(page, page.form_with("password"), portero.fill(page, account, "Otra#Clave2026"))
    assert page.has_form_with("captcha")
