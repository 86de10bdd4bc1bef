"""L5: too many failures by strangers switch sign-in with password off for a name, say so, and are no oracle and no weapon."""

import concurrent.futures
import re
import signal
import threading
import time
import urllib.parse

import pytest

from conftest import SHOP, house_with_mail
from likeness import Times, masked, take_turns
from mail_folder import temporary_password_of
from program import PASSWORD
from test_sign_in import change, refuse

WRONG = "Otra#Clave2026"
NEW = "Nueva#Clave2027"
DAY = 24 * 60 * 60


@pytest.fixture(scope="module")
def strict_and_mail(tmp_path_factory, echo):
    """As shipped: the tenth failure deactivates. Mail goes into a folder."""
    with house_with_mail(tmp_path_factory.mktemp("strict"), echo) as both:
        yield both


@pytest.fixture(scope="module")
def strict(strict_and_mail):
    return strict_and_mail[0]


@pytest.fixture(scope="module")
def letters(strict_and_mail):
    return strict_and_mail[1]


def guess(portero, account, password=WRONG, browser=None):
    return portero.try_sign_in(browser or portero.browser(), account, password, follow=False)


def is_notice(page) -> bool:
    return bool(re.search(r"for security.*switched off", page.words, re.IGNORECASE))


def deactivate(portero, account, after=10):
    """Guesses until the notice comes; returns that page."""
    for number in range(1, after + 1):
        page = guess(portero, account)
        assert page.status == 401, (number, page.status)
        assert is_notice(page) == (number == after), (number, page.words)
    return page


def assert_deactivated(page):
    assert page.status == 429 and is_notice(page), (page.status, page.words)
    seconds = int(page.response.header("retry-after"))
    assert DAY - 600 < seconds <= DAY + 1, seconds


def ask_temporary_password(portero, account, address, browser=None, headers=None):
    organization, username = account.split("/")
    browser = browser or portero.browser()
    page = browser.get(portero.portal(f"/recover/temporary-password?organization={organization}&username={username}"))
    form = page.form_with("email")
    return browser.submit(page, form, {"email": address}, follow=False, headers=headers)


# -- what is told ----------------------------------------------------------------------------------------------------------------


def test_the_notice_comes_with_the_tenth_failure_and_stays_with_the_right_password_and_the_way_back_in(strict):
    portero = strict.portero
    account = strict.person()
    page = deactivate(portero, account)
    assert page.response.header("www-authenticate") and page.response.header("retry-after") is None
    ways = [urllib.parse.urlsplit(link["href"]) for link in page.links if "/_portero/recover" in link.get("href", "")]
    assert ways and all(
        dict(urllib.parse.parse_qsl(way.query)) == {"organization": "acme", "username": account.split("/")[1]} for way in ways
    )
    assert_deactivated(guess(portero, account))
    right = guess(portero, account, PASSWORD)
    assert_deactivated(right)
    assert right.response.header("set-cookie") is None or "portero=" not in right.response.header("set-cookie")
    spanish = portero.try_sign_in(portero.browser(language="es"), account, PASSWORD)
    assert spanish.status == 429 and "Por seguridad se desactivó" in spanish.words


def test_the_notice_is_byte_for_byte_the_same_for_whoever_has_the_name(strict):
    portero = strict.portero
    kinds = {
        "unknown organization": "nada/lock-a",
        "unknown user": "acme/lock-b",
        "known": "acme/lock-c",
        "deactivated": "acme/lock-d",
        "no password": "acme/lock-e",
    }
    for kind, account in kinds.items():
        if not kind.startswith("unknown"):
            portero.add_user(account, password=None if kind == "no password" else PASSWORD)
    portero.cli("user", "deactivate", kinds["deactivated"])
    seen = {}
    for kind, account in kinds.items():
        for _ in range(9):
            assert refuse(strict, account, WRONG)[0].status == 401
        # The tenth failure, a wrong password after it, the right one, and what could be a temporary one.
        pages = [refuse(strict, account, word)[0] for word in (WRONG, WRONG, PASSWORD, "ABCDefgh#2345678")]
        assert [page.status for page in pages] == [401, 429, 429, 429], kind
        assert all(is_notice(page) for page in pages), kind
        for page in pages[1:]:
            # Counted in seconds: they differ by how long this test takes.
            place = next(place for place, (name, _) in enumerate(page.response.headers) if name.lower() == "retry-after")
            assert DAY - 600 < int(page.response.headers[place][1]) <= DAY + 1
            page.response.headers[place] = ("Retry-After", "~")
        seen[kind] = [masked(page.response, *account.split("/")) for page in pages]
    for kind, answers in seen.items():
        assert answers == seen["known"], f"{kind} can be told from a name that somebody has"


def test_every_attempt_leaves_one_event_and_the_one_that_deactivates_says_so(strict):
    portero = strict.portero
    account, nobody = strict.person(), "acme/nobody-here"
    for name in (account, nobody):
        deactivate(portero, name)
        guess(portero, name, PASSWORD)
    for name, failure in ((account, "wrong_password"), (nobody, "unknown_user")):
        reasons = [
            reason
            for line in portero.log_text().splitlines()
            if "action=sign_in" in line and f'username="{name.split("/")[1]}"' in line
            for reason in re.findall(r"reason=(\w+)", line)
        ]
        assert reasons == [failure] * 9 + ["deactivated_for_security", "throttled"], name


# -- timing ----------------------------------------------------------------------------------------------------------------------


def test_no_time_tells_who_has_a_name_before_or_behind_the_notice(strict):
    portero = strict.portero
    kinds = ["known", "unknown"]
    fresh = {kind: [f"acme/time-{kind[0]}{number}" for number in range(6)] for kind in kinds}
    for account in fresh["known"]:
        portero.add_user(account)
    spent = dict.fromkeys(kinds, 0)

    def before(kind):
        account = fresh[kind][spent[kind] // 8]
        spent[kind] += 1
        page, seconds = refuse(strict, account, WRONG)
        assert page.status == 401
        return seconds

    times = take_turns(before, kinds, turns=16)
    assert not times.told_apart(), times.told_apart()
    shut = {kind: f"acme/shut-{kind[0]}" for kind in kinds}
    portero.add_user(shut["known"])
    for account in shut.values():
        deactivate(portero, account)

    def behind(kind):
        page, seconds = refuse(strict, shut[kind], PASSWORD)
        assert page.status == 429
        return seconds

    times = take_turns(behind, kinds, turns=20)
    assert not times.told_apart(), times.told_apart()


def test_no_time_tells_whose_a_request_for_a_temporary_password_is(strict):
    portero = strict.portero
    sent = ["acme/mailed", "acme/closed", "acme/silent"]
    for account in sent:
        portero.add_user(account, emails=[] if account.endswith("silent") else ["somebody@acme.test"])
    portero.cli("user", "deactivate", "acme/closed")
    kinds = [*sent, "acme/nobody", "nada/nobody"]
    browser = portero.browser()
    source = iter(range(10_000))

    def ask(kind):
        other = portero.browser(source=f"127.200.{next(source) // 200}.{1 + next(source) % 200}")
        other.jar = browser.jar
        organization, username = kind.split("/")
        page = other.get(portero.portal("/recover/temporary-password"))
        values = {"organization": organization, "username": username, "email": "somebody@acme.test"}
        return timed(lambda: other.submit(page, page.form_with("email"), values, follow=False), 303)

    times = take_turns(ask, kinds, turns=5)
    assert not times.told_apart(), times.told_apart()


def timed(send, status: int) -> float:
    before = time.perf_counter()
    page = send()
    seconds = time.perf_counter() - before
    assert page.status == status, page.status
    return seconds


def test_what_tells_times_apart_does_so(strict):
    """The yardstick of the tests above: a password that is looked at and one that is not."""
    portero = strict.portero
    account = "acme/yardstick"
    deactivate(portero, account)
    others = iter(f"acme/yard-{number}" for number in range(100))

    def measure(kind):
        page, seconds = refuse(strict, account if kind == "closed" else next(others), WRONG)
        assert page.status == (429 if kind == "closed" else 401)
        return seconds

    times = Times(["closed", "judged"])
    for _ in range(12):
        for kind in times.of:
            times.note(kind, measure(kind))
    assert times.told_apart()


# -- counting --------------------------------------------------------------------------------------------------------------------


def test_two_hundred_guesses_at_once_are_counted_exactly(strict):
    portero = strict.portero
    account = strict.person()
    crowd = 200
    prepared = []
    for number in range(crowd):
        browser = portero.browser(source=f"127.180.{number // 200}.{1 + number % 200}")
        page = browser.get(portero.portal("/login"))
        prepared.append((browser, page, page.form_with("password"), portero.fill(page, account, WRONG)))
    together = threading.Barrier(40)

    def send(one):
        browser, page, form, values = one
        together.wait()
        return browser.submit(page, form, values, follow=False)

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        pages = list(pool.map(send, prepared))
    kinds = [(page.status, is_notice(page)) for page in pages]
    counted = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counted == {(401, False): 9, (401, True): 1, (429, True): crowd - 10}
    assert_deactivated(guess(portero, account, PASSWORD))


# -- no weapon -------------------------------------------------------------------------------------------------------------------


def test_a_browser_known_to_the_account_is_not_locked_out_by_a_flood_and_gives_it_nothing(strict):
    portero = strict.portero
    account = strict.person()
    known, portal = portero.sign_in(account)
    known.submit(portal, portal.form_to("/logout"))
    deactivate(portero, account)
    for _ in range(20):
        assert_deactivated(guess(portero, account))
    _, page = portero.sign_in(account, browser=known)
    assert page.path == "/_portero/portal"
    assert_deactivated(guess(portero, account, PASSWORD))
    # What the browser says of itself is sealed: nobody else can say it.
    stranger = portero.browser()
    stranger.jar = {portero.portal_host: {"portero-known": known.jar[portero.portal_host]["portero-known"][:-4] + "AAAA"}}
    assert_deactivated(guess(portero, account, PASSWORD, browser=stranger))
    other = strict.person()
    deactivate(portero, other)
    known.submit(page, page.form_to("/logout"))
    assert_deactivated(guess(portero, other, PASSWORD, browser=known))


def test_a_flood_does_not_prolong_it(strict):
    portero = strict.portero
    account = strict.person()
    deactivate(portero, account)
    waits = [int(guess(portero, account).response.header("retry-after")) for _ in range(30)]
    assert waits == sorted(waits, reverse=True), waits


def test_recovery_is_not_stopped_by_a_flood_and_lifts_it(strict, letters):
    portero = strict.portero
    account = strict.person(emails=["flooded@acme.test"])
    deactivate(portero, account)
    assert ask_temporary_password(portero, account, "flooded@acme.test").status == 303
    temporary = temporary_password_of(letters.next("flooded@acme.test"))
    # While the flood goes on, with what could be temporary passwords, too.
    flood = portero.browser()
    for word in (WRONG, "ABCDefgh#2345678", PASSWORD, "HGFEdcba#2345678", "ZZZZefgh#2345678", "YYYYefgh#2345678"):
        assert_deactivated(guess(portero, account, word, browser=portero.browser(source=flood.source)))
    browser = portero.browser()
    page = portero.try_sign_in(browser, account, temporary)
    assert page.path == "/_portero/password" and page.has_form_with("new_password"), (page.status, page.words)
    assert_deactivated(guess(portero, account, PASSWORD))
    page = change(page, browser, temporary, NEW)
    assert page.status == 200 and not page.has_form_with("new_password"), page.words
    portero.sign_in(account, NEW)


def test_a_flood_of_requests_for_recovery_locks_nothing_and_leaves_the_newest_secret_good(strict, letters):
    portero = strict.portero
    account = strict.person(emails=["asked@acme.test"])
    inside, _ = portero.sign_in(account, url=portero.at(SHOP, "/"))
    temporary = []
    for _ in range(5):
        assert ask_temporary_password(portero, account, "asked@acme.test").status == 303
        temporary.append(temporary_password_of(letters.next("asked@acme.test")))
    for _ in range(25):
        assert ask_temporary_password(portero, account, "asked@acme.test").status == 303
    assert inside.fetch(portero.at(SHOP, "/")).status == 200, "sessions go on"
    portero.sign_in(account)
    further = [message for message in letters.unread() if message["To"] == "asked@acme.test"]
    assert portero.cli_json("mail", "list") == [] and further == [], "past five no further one is sent"
    assert guess(portero, account, temporary[0]).status == 401, "a newer one voids the older"
    page = portero.try_sign_in(portero.browser(), account, temporary[-1])
    assert page.path == "/_portero/password" and page.has_form_with("new_password"), (page.status, page.words)


# -- what lifts it, and what does not --------------------------------------------------------------------------------------------


def test_an_administrator_sees_and_lifts_it(strict):
    portero = strict.portero
    account = strict.person()
    assert portero.cli_json("user", "show", account)["locked_until"] is None
    assert re.search(r"sign-in: +open", portero.cli("user", "show", account))
    deactivate(portero, account)
    assert portero.cli_json("user", "show", account)["locked_until"]
    assert re.search(r"sign-in: +locked until \d{4}-", portero.cli("user", "show", account))
    row = next(line for line in portero.cli("user", "list", "acme").splitlines() if account in line)
    assert "locked" in row
    portero.cli("user", "unlock", account)
    assert portero.cli_json("user", "show", account)["locked_until"] is None
    portero.sign_in(account)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_survives_a_restart_and_is_lifted_without_a_running_portero(lone, how):
    portero = (house := lone(throttle="deactivate_after = 3")).portero
    account = house.person(apps=("shop",))
    deactivate(portero, account, after=3)
    portero.restart(how)
    assert_deactivated(guess(portero, account, PASSWORD))
    portero.stop()
    portero.cli("user", "unlock", account)
    portero.start()
    portero.sign_in(account)
