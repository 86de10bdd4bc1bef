"""K1–K3: "is this your e-mail?", a link, a new password; and nothing tells who exists."""

from __future__ import annotations

import concurrent.futures
import itertools
import re

import pytest

from client import exchange
from conftest import house_with_mail
from mail_folder import Mailbox, link_in, stable, text_of
from program import PASSWORD

NEW = "Nube-Clara#99"
_numbers = itertools.count(1)
LINK = "/recover/reset-link"
MASK = re.compile(r"\S•••@\S•••\.\w+")


@pytest.fixture(scope="module")
def reset_and_mail(tmp_path_factory, echo):
    with house_with_mail(tmp_path_factory.mktemp("reset"), echo) as both:
        yield both


@pytest.fixture(scope="module")
def reset(reset_and_mail):
    return reset_and_mail[0]


@pytest.fixture(scope="module")
def mailbox(reset_and_mail):
    return reset_and_mail[1]


@pytest.fixture
def person(reset, mailbox):
    number = next(_numbers)
    addresses = (f"pat{number}@acme.test", f"pat{number}@home.test")
    account = reset.person(apps=("shop",), emails=addresses)
    mailbox.fresh()
    return account, addresses


def confirm_page(portero, browser, account: str):
    organization, username = account.split("/")
    return browser.get(portero.portal(f"{LINK}?organization={organization}&username={username}"))


def ask(portero, account: str, browser=None, *, follow=True, headers=None):
    browser = browser or portero.browser()
    page = confirm_page(portero, browser, account)
    return browser.submit(page, page.form_to(LINK), follow=follow, headers=headers)


def link(portero, mailbox, person) -> str:
    account, addresses = person
    assert ask(portero, account).status == 200
    return link_in(mailbox.expect(addresses[0], saying="/reset?token=")[addresses[0]])


def choose(browser, url: str, new: str = NEW, confirmation: str | None = None, *, follow=True):
    page = browser.get(url)
    values = {"new_password": new, "confirm_password": new if confirmation is None else confirmation}
    return browser.submit(page, page.form_with("new_password"), values, follow=follow)


# K1, K2, K3, E4, E5
@pytest.mark.parametrize(
    ("language", "question", "saved"),
    [("en", "Is this your e-mail?", "Your password has changed"), ("es", "¿Es este su correo?", "Su contraseña cambió")],
)
def test_a_link_leads_to_a_new_password_and_not_to_a_session(reset, mailbox, person, language, question, saved):
    portero, (account, addresses) = reset.portero, person
    inside, _ = portero.sign_in(account)
    browser = portero.browser(language=language)
    page = browser.get(portero.portal(LINK))
    organization, username = account.split("/")
    page = browser.submit(page, page.form_to(LINK), {"organization": organization, "username": username})
    assert question in page.words and "p•••@a•••.test" in page.words and addresses[0] not in page.text
    page = browser.submit(page, page.form_to(LINK))
    assert page.status == 200 and "help@portero.test" in page.words, "K3: whom to ask if nothing arrives"
    url = link_in(mailbox.expect(addresses[0])[addresses[0]])
    assert url.startswith(f"{portero.origin}/_portero/reset?token=")
    for _ in range(2):
        page = browser.get(url)
        assert page.status == 200 and page.has_form_with("new_password")
        assert browser.fetch(url, method="HEAD").status == 200
    assert page.response.header("referrer-policy") == "no-referrer"
    assert page.response.header("cache-control") == "no-store"
    assert not [anchor for anchor in page.links if "token=" in anchor["href"] and "lang=" not in anchor["href"]]
    page = choose(browser, url)
    assert (page.status, page.path) == (200, "/_portero/password/changed") and saved in page.words
    assert 'http-equiv="refresh" content="5;url=/_portero/login' in page.text
    assert browser.get(portero.portal("/portal")).path == "/_portero/login", "nobody was signed in by it"
    assert inside.get(portero.portal("/portal")).path == "/_portero/login", "every session ended"
    assert portero.try_sign_in(portero.browser(), account, PASSWORD).status == 401
    portero.sign_in(account, NEW)
    assert all(NEW not in text_of(message) for message in mailbox.expect(*addresses).values())
    token = url.split("token=")[1]
    assert token not in portero.log_text()
    everything = b"".join(path.read_bytes() for path in portero.data.rglob("*") if path.is_file())
    assert token.encode() not in everything


# K2
def test_the_page_of_a_link_speaks_the_other_language_and_still_works(reset, mailbox, person):
    portero = reset.portero
    browser, url = portero.browser(), link(portero, mailbox, person)
    page = choose(browser, url, "short")
    assert page.status == 422
    spanish = next(anchor["href"] for anchor in page.links if anchor.get("lang") == "es")
    page = browser.get(f"{portero.portal('/reset')}{spanish}")
    assert page.status == 200 and page.language == "es"
    page = browser.submit(page, page.form_with("new_password"), {"new_password": NEW, "confirm_password": NEW})
    assert page.path == "/_portero/password/changed"


# K2, E3
def test_a_password_that_is_not_accepted_leaves_the_link_good(reset, mailbox, person):
    portero = reset.portero
    browser, url = portero.browser(), link(portero, mailbox, person)
    for new, confirmation in (("short", "short"), (PASSWORD, PASSWORD), (NEW, "another"), ("Password1!", "Password1!"), ("", "")):
        page = choose(browser, url, new, confirmation)
        assert page.status == 422 and page.has_form_with("new_password"), new
        assert not new or new not in page.text
    assert choose(browser, url).path == "/_portero/password/changed"


# K2
def test_links_that_do_not_work_are_told_apart_by_nobody(reset, mailbox, person):
    portero = reset.portero
    old, new = link(portero, mailbox, person), link(portero, mailbox, person)
    stranger = reset.person(emails=["stranger@acme.test"])
    theirs = link(portero, mailbox, (stranger, ("stranger@acme.test",)))
    token = new.split("token=")[1]
    crossed = theirs.split("token=")[1][:21] + token[21:]
    urls = [old] + [portero.portal(f"/reset?token={bad}") for bad in (crossed, token[:-1], "x", "", "A" * 64)]
    urls += [portero.portal("/reset"), portero.portal(f"/reset?token={token}&token={token}")]
    browser = portero.browser()
    good = browser.get(new)
    answers = [stable(browser.get(url)) for url in urls]
    assert answers[0][0] == 401 and all(answer == answers[0] for answer in answers)
    csrf = good.form_with("new_password").fields["csrf"]
    for bad in (old.split("token=")[1], crossed, "x", ""):
        sent = {"csrf": csrf, "token": bad, "new_password": NEW, "confirm_password": NEW}
        assert stable(browser.post(portero.portal("/reset"), sent, origin="null")) == answers[0]
    assert choose(browser, new).path == "/_portero/password/changed"
    assert stable(browser.get(new)) == answers[0], "used"
    portero.sign_in(stranger)


# K2, rule 2
def test_of_many_browsers_that_use_one_link_at_once_one_gets_through(reset, mailbox, person):
    portero, (account, addresses) = reset.portero, person
    url = link(portero, mailbox, person)
    pages = [(browser, browser.get(url)) for browser in (portero.browser() for _ in range(6))]

    def send(number: int):
        browser, page = pages[number]
        values = {"new_password": f"Nube-Clara#{number}9", "confirm_password": f"Nube-Clara#{number}9"}
        return browser.submit(page, page.form_with("new_password"), values, follow=False).status

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(send, range(6)))
    assert sorted(statuses) == [303] + [401] * 5
    portero.sign_in(account, f"Nube-Clara#{statuses.index(303)}9")
    mailbox.expect(*addresses)


# K2, rule 5
def test_the_link_is_built_from_the_configured_origin_alone(reset, mailbox, person):
    portero, (account, addresses) = reset.portero, person
    lies = [("X-Forwarded-Host", "evil.test"), ("Forwarded", "host=evil.test;proto=https"), ("X-Forwarded-Proto", "https")]
    assert ask(portero, account, headers=lies).status == 200
    assert link_in(mailbox.expect(addresses[0])[addresses[0]]).startswith(f"{portero.origin}/_portero/reset?token=")
    browser = portero.browser()
    page = confirm_page(portero, browser, account)
    body = "&".join(f"{name}={value}" for name, value in page.form_to(LINK).fields.items()).encode()
    cookies = "; ".join(f"{name}={value}" for name, value in browser.jar[portero.portal_host].items())
    headers = [
        ("Host", "evil.test"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Cookie", cookies),
        ("Sec-Fetch-Site", "same-origin"),
    ]
    assert exchange(portero.port, "POST", f"/_portero{LINK}", headers, body).status in (404, 421)
    assert ask(portero, account).status == 200
    assert "evil" not in text_of(mailbox.expect(addresses[0])[addresses[0]])


# K1, rule 1
def test_nothing_tells_who_exists(reset, mailbox, person):
    portero, (account, addresses) = reset.portero, person
    closed, poor = reset.person(emails=["closed@zzz.test"]), reset.person()
    portero.cli("user", "deactivate", closed)
    everybody = [account, closed, poor, "acme/person9999", "nowhere/person9999"]
    typed = [name.split("/")[1] for name in everybody] + ["acme", "nowhere"]
    shown, asked, masks = [], [], {}
    for name in everybody:
        browser = portero.browser()
        page = confirm_page(portero, browser, name)
        masks[name] = MASK.search(page.text)[0]
        shown.append(stable(page, *typed))
        page = browser.submit(page, page.form_to(LINK), follow=False)
        asked.append(stable(page, *typed))
        asked.append(stable(browser.get(portero.origin + page.response.header("location")), *typed))
        assert MASK.search(confirm_page(portero, portero.browser(), name).text)[0] == masks[name], "the same each time"
    assert (shown[0][0], asked[0][0]) == (200, 303)
    assert all(answer == shown[0] for answer in shown)
    assert all(answer == asked[0] for answer in asked[::2])
    assert all(answer == asked[1] for answer in asked[1::2])
    assert masks[account] == "p•••@a•••.test" and masks["acme/person9999"].endswith(".test"), "as its neighbours have it"
    mailbox.expect(addresses[0])


# rule 4
def test_a_form_that_is_forged_or_of_another_browser_does_nothing(reset, mailbox, person):
    portero, (account, _) = reset.portero, person
    organization, username = account.split("/")
    browser, other = portero.browser(), portero.browser()
    foreign = confirm_page(portero, other, account).form_to(LINK).fields["csrf"]
    confirm_page(portero, browser, account)
    for token in ("", foreign):
        sent = {"organization": organization, "username": username, "csrf": token}
        assert browser.post(portero.portal(LINK), sent, origin="null").status == 422
    url = link(portero, mailbox, person)
    token = url.split("token=")[1]
    browser.get(url)
    for csrf in ("", foreign, other.get(url).form_with("new_password").fields["csrf"]):
        sent = {"csrf": csrf, "token": token, "new_password": NEW, "confirm_password": NEW}
        assert browser.post(portero.portal("/reset"), sent, origin="null").status == 422
        assert browser.post(portero.portal("/reset"), sent, origin="http://evil.test", site="cross-site").status == 403
    portero.sign_in(account)


# rule 2
def test_a_link_dies_with_a_change_of_password_or_of_address(reset, mailbox, person):
    portero, (account, addresses) = reset.portero, person
    url = link(portero, mailbox, person)
    portero.cli("user", "set-email", account, addresses[0])
    assert portero.browser().get(url).status == 401
    url = link(portero, mailbox, (account, addresses[:1]))
    browser, _ = portero.sign_in(account)
    page = browser.get(portero.portal("/password"))
    values = {"old_password": PASSWORD, "new_password": "Nube-Dos#22", "confirm_password": "Nube-Dos#22"}
    assert browser.submit(page, page.form_with("new_password"), values).path == "/_portero/password/changed"
    assert portero.browser().get(url).status == 401


# rule 6
def test_nothing_is_sent_without_the_captcha(tmp_path, lone):
    mailbox = Mailbox(tmp_path / "outbox")
    house = lone(mail=mailbox.section, captcha='mode = "always"')
    portero, account = house.portero, house.person(emails=["ana@acme.test"])
    organization, username = account.split("/")
    browser = portero.browser()
    page = browser.get(portero.portal(LINK))
    assert not page.has_form_with("captcha"), "the first form sends nothing"
    page = browser.submit(page, page.form_to(LINK), {"organization": organization, "username": username})
    for answer in ("", "wrong"):
        page = browser.submit(page, page.form_with("captcha"), {"captcha": answer})
        assert page.status == 422 and "a•••@a•••.test" in page.words
    ask_code = "/recover/rescue-code/new"
    page = browser.get(f"{portero.portal(ask_code)}?organization={organization}&username={username}")
    assert browser.submit(page, page.form_with("captcha"), {"captcha": "wrong"}).status == 422
    events = portero.cli("audit", "--json")
    assert "request_reset_link" not in events and "request_rescue_code" not in events
    assert mailbox.fresh() == []
