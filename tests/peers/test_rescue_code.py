"""R1–R5: a code to each mailbox lets somebody back in, once, and nothing tells who exists."""

from __future__ import annotations

import concurrent.futures
import itertools
import json
import signal

import pytest

from conftest import house_with_mail
from mail_folder import CODE, TEMPORARY, Mailbox, stable, text_of
from program import PASSWORD, wait_until

NEW = "Nube-Clara#99"
_numbers = itertools.count(1)
USE, ASK = "/recover/rescue-code", "/recover/rescue-code/new"


@pytest.fixture(scope="module")
def rescue_and_mail(tmp_path_factory, echo):
    with house_with_mail(tmp_path_factory.mktemp("rescue"), echo) as both:
        yield both


@pytest.fixture(scope="module")
def rescue(rescue_and_mail):
    return rescue_and_mail[0]


@pytest.fixture(scope="module")
def mailbox(rescue_and_mail):
    return rescue_and_mail[1]


@pytest.fixture
def person(rescue, mailbox):
    """Somebody with two mailboxes."""
    number = next(_numbers)
    addresses = (f"pat{number}@acme.test", f"pat{number}@home.test")
    account = rescue.person(apps=("shop",), emails=addresses)
    mailbox.fresh()
    return account, addresses


def names(account: str) -> dict[str, str]:
    organization, username = account.split("/")
    return {"organization": organization, "username": username}


def ask(portero, account: str, browser=None):
    browser = browser or portero.browser()
    page = browser.get(portero.portal(ASK))
    return browser.submit(page, page.form_to(ASK), names(account))


def codes(portero, mailbox, person) -> dict[str, str]:
    account, addresses = person
    page = ask(portero, account)
    assert (page.status, page.path) == (200, f"/_portero{USE}")
    return {to: CODE.search(text_of(message))[1] for to, message in mailbox.expect(*addresses).items()}


def use(portero, account: str, code: str, browser=None, *, follow=True):
    browser = browser or portero.browser()
    page = browser.get(portero.portal(USE))
    return browser.submit(page, page.form_with("code"), {**names(account), "code": code}, follow=follow)


# R1, R2, R3, R4, T2
@pytest.mark.parametrize(
    ("language", "sent"), [("en", "A temporary password was sent"), ("es", "Se envió una contraseña temporal")]
)
def test_a_code_is_exchanged_for_a_temporary_password_and_that_for_a_new_one(rescue, mailbox, person, language, sent):
    portero, (account, addresses) = rescue.portero, person
    browser = portero.browser(language=language)
    page = browser.get(portero.portal(f"{USE}?organization=acme&username={account.split('/')[1]}"))
    assert page.language == language and page.form_with("code").fields["username"] == account.split("/")[1]
    generate = next(link["href"] for link in page.links if link["href"].startswith(f"/_portero{ASK}"))
    page = browser.get(portero.origin + generate)
    page = browser.submit(page, page.form_to(ASK))
    assert page.path == f"/_portero{USE}" and page.form_with("code").fields["username"] == account.split("/")[1]
    mails = mailbox.expect(*addresses)
    found = {to: CODE.search(text_of(message))[1] for to, message in mails.items()}
    assert len(set(found.values())) == 2
    for to, code in found.items():
        assert not any(code in str(value) for value in mails[to].values())
    typed = found[addresses[1]].lower().replace("-", " ")
    page = browser.submit(page, page.form_with("code"), {"code": typed})
    assert page.status == 200 and sent in page.words
    told = mailbox.expect(*addresses)
    temporary = TEMPORARY.search(text_of(told[addresses[0]]))[1]
    assert TEMPORARY.search(text_of(told[addresses[1]]))[1] == temporary
    page = portero.try_sign_in(browser, account, temporary)
    assert page.path == "/_portero/password"
    fields = {"old_password": temporary, "new_password": NEW, "confirm_password": NEW}
    page = browser.submit(page, page.form_with("new_password"), fields)
    assert page.path == "/_portero/password/changed"
    portero.sign_in(account, NEW)
    log = portero.log_text()
    assert not any(secret in log for secret in (*found.values(), typed, temporary))
    events = [event for event in map(json.loads, portero.cli("audit", "--json").splitlines()) if event["action"] == "use_rescue_code"]
    assert events[-1]["mailbox"] == "p•••@h•••.test (2)"


# R3
def test_a_used_an_older_and_a_foreign_code_are_refused_like_a_wrong_one(rescue, mailbox, person):
    portero, (account, addresses) = rescue.portero, person
    old = codes(portero, mailbox, person)
    new = codes(portero, mailbox, person)
    stranger = rescue.person(apps=("shop",))
    refused = [
        stable(use(portero, account, code), account.split("/")[1], stranger.split("/")[1])
        for code in (old[addresses[0]], "0000-0000-0000", "no code")
    ]
    refused.append(stable(use(portero, stranger, new[addresses[0]]), account.split("/")[1], stranger.split("/")[1]))
    assert use(portero, account, new[addresses[0]]).status == 200
    refused.append(stable(use(portero, account, new[addresses[0]]), account.split("/")[1], stranger.split("/")[1]))
    refused.append(stable(use(portero, account, new[addresses[1]]), account.split("/")[1], stranger.split("/")[1]))
    assert refused[0][0] == 401 and all(answer == refused[0] for answer in refused)


# R3, rule 2
def test_of_many_browsers_that_send_one_code_at_once_one_gets_through(rescue, mailbox, person):
    portero, (account, addresses) = rescue.portero, person
    code = codes(portero, mailbox, person)[addresses[0]]
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        pages = list(pool.map(lambda _: use(portero, account, code, follow=False), range(5)))
    assert sorted(page.status for page in pages) == [303, 401, 401, 401, 401]
    mailbox.expect(*addresses)


# R3
def test_five_wrong_tries_are_the_end_of_a_code(rescue, mailbox, person):
    portero, (account, addresses) = rescue.portero, person
    code = codes(portero, mailbox, person)[addresses[0]]
    for _ in range(5):
        assert use(portero, account, code[:-1] + ("7" if code[-1] != "7" else "8")).status == 401
    assert use(portero, account, code).status == 401


# R5, L5
def test_an_account_that_was_deactivated_for_guessing_is_open_again(rescue, mailbox, person):
    portero, (account, addresses) = rescue.portero, person
    statuses = [portero.try_sign_in(portero.browser(), account, "Otra#Clave2026").status for _ in range(15)]
    assert statuses[-1] == 429 and portero.try_sign_in(portero.browser(), account, PASSWORD).status == 429
    code = codes(portero, mailbox, person)[addresses[0]]
    assert use(portero, account, code).status == 200
    temporary = TEMPORARY.search(text_of(mailbox.expect(*addresses)[addresses[0]]))[1]
    assert portero.try_sign_in(portero.browser(), account, temporary).path == "/_portero/password"


# rule 1
def test_nothing_tells_who_exists(rescue, mailbox, person):
    portero, (account, addresses) = rescue.portero, person
    closed, poor = rescue.person(emails=["closed@acme.test"]), rescue.person()
    portero.cli("user", "deactivate", closed)
    everybody = [account, closed, poor, "acme/person9999", "nowhere/person9999"]
    typed = [name.split("/")[1] for name in everybody] + ["acme", "nowhere"]
    asked, refused = [], []
    for name in everybody:
        browser = portero.browser()
        page = browser.get(portero.portal(ASK))
        page = browser.submit(page, page.form_to(ASK), names(name), follow=False)
        asked.append(stable(page, *typed))
        asked.append(stable(browser.get(portero.origin + page.response.header("location")), *typed))
        refused.append(stable(use(portero, name, "A1B0-C2D3-E4F5"), *typed))
    assert asked[0][0] == 303 and refused[0][0] == 401
    assert all(answer == asked[0] for answer in asked[::2])
    assert all(answer == asked[1] for answer in asked[1::2])
    assert all(answer == refused[0] for answer in refused)
    mailbox.expect(*addresses)


# rule 4
def test_a_form_that_is_forged_empty_or_of_another_browser_does_nothing(rescue, mailbox, person):
    portero, (account, addresses) = rescue.portero, person
    browser, other = portero.browser(), portero.browser()
    foreign = other.get(portero.portal(ASK)).form_to(ASK).fields["csrf"]
    browser.get(portero.portal(ASK))
    for path in (ASK, USE):
        for token in ("", foreign):
            sent = {**names(account), "code": "A1B0-C2D3-E4F5", "csrf": token}
            assert browser.post(portero.portal(path), sent, origin="null").status == 422
        assert browser.post(portero.portal(path), names(account), origin="http://evil.test", site="cross-site").status == 403
        page = browser.get(portero.portal(path))
        assert browser.submit(page, page.forms[0], {"organization": "", "username": ""}).status == 422
    assert codes(portero, mailbox, person).keys() == set(addresses), "the first mail of all"


# rule 2, rule 3
def test_a_code_and_its_tries_survive_a_kill(tmp_path, lone):
    mailbox = Mailbox(tmp_path / "outbox")
    house = lone(mail=mailbox.section)
    portero = house.portero
    account = house.person(emails=["ana@acme.test"])
    code = codes(portero, mailbox, (account, ("ana@acme.test",)))["ana@acme.test"]
    for _ in range(4):
        assert use(portero, account, code[:-1] + ("7" if code[-1] != "7" else "8")).status == 401
    portero.restart(signal.SIGKILL)
    everything = b"".join(path.read_bytes() for path in portero.data.rglob("*") if path.is_file())
    assert code.encode() not in everything and code.replace("-", "").encode() not in everything
    assert use(portero, account, code).status == 200
    wait_until("the temporary password", lambda: mailbox.fresh())
