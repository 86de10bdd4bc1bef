"""Guessing is slowed down, for names that exist and names that do not alike, and for nobody else."""

import pytest

from conftest import SHOP, House, application
from program import PASSWORD, Portero, wait_until

WRONG = "Otra#Clave2026"
MANY = 40


def guess(portero, browser, account):
    return portero.try_sign_in(browser, account, WRONG)


def guess_until_throttled(portero, account) -> int:
    """Guesses from ever new addresses; returns how many guesses were judged."""
    for number in range(MANY):
        page = guess(portero, portero.browser(), account)
        if page.status == 429:
            seconds = page.response.header("retry-after")
            assert seconds and seconds.isdigit() and int(seconds) >= 1, seconds
            return number
        assert page.status == 401, page.status
    raise AssertionError(f"{MANY} guesses, and nobody said to wait")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory, echo):
    """Nobody is deactivated here for guessing, so that only the waiting is seen; it begins as early as ever."""
    portero = Portero(
        tmp_path_factory.mktemp("throttle"),
        application("shop", f'host = "{SHOP}"', echo.port),
        (SHOP,),
        throttle="deactivate_after = 1000",
    ).start()
    portero.add_org("acme")
    portero.add_org("other")
    yield House(portero, echo)
    portero.stop()


def test_guesses_at_one_account_are_slowed_alike_whether_it_exists_or_not(quiet):
    portero = quiet.portero
    existing = quiet.person(apps=("shop",))
    judged = {name: guess_until_throttled(portero, name) for name in (existing, "acme/nobody-at-all", "nowhere/nobody-at-all")}
    assert len(set(judged.values())) == 1, judged
    assert 1 <= judged[existing] <= 10, "some tries are free, many are not"


def test_spelling_a_name_otherwise_gains_no_guesses(quiet):
    portero = quiet.portero
    account = quiet.person(apps=("shop",))
    judged = guess_until_throttled(portero, account)
    assert judged
    assert guess(portero, portero.browser(), account.upper()).status == 429
    assert guess(portero, portero.browser(), account.replace("/", " / ")).status == 429


def test_a_throttled_account_keeps_its_right_password_waiting_too_and_others_go_free(quiet):
    portero = quiet.portero
    victim, neighbour = quiet.person(apps=("shop",)), quiet.person(apps=("shop",))
    known, _ = portero.sign_in(victim)
    form_page = known.get(portero.portal("/portal"))
    known.submit(form_page, form_page.form_to("/logout"))
    guess_until_throttled(portero, victim)
    assert portero.try_sign_in(portero.browser(), victim, PASSWORD).status == 429
    portero.sign_in(neighbour)
    # Rule 3: a browser known to the account is spared by floods from elsewhere.
    _, page = portero.sign_in(victim, browser=known)
    assert page.path == "/_portero/portal"


def test_a_flood_ends_no_session(quiet):
    portero = quiet.portero
    victim = quiet.person(apps=("shop",))
    browser, _ = portero.sign_in(victim, url=portero.at(SHOP, "/"))
    guess_until_throttled(portero, victim)
    assert browser.fetch(portero.at(SHOP, "/who")).status == 200


def test_one_address_cannot_try_many_accounts(quiet):
    portero = quiet.portero
    source = portero.browser().source
    statuses = [guess(portero, portero.browser(source=source), f"acme/guess{number}").status for number in range(MANY * 3)]
    assert 429 in statuses
    assert set(statuses) == {401, 429}
    bystander = quiet.person(apps=("shop",))
    portero.sign_in(bystander)


def test_counters_survive_a_restart(lone):
    house = lone(throttle="deactivate_after = 1000")
    portero = house.portero
    account = house.person(apps=("shop",))
    guess_until_throttled(portero, account)
    portero.stop()
    portero.start()

    def judged() -> bool:
        return guess(portero, portero.browser(), account).status == 401

    # Whether or not the wait ended meanwhile: were the counter forgotten, several guesses would now be free.
    wait_until("the end of the wait", judged)
    assert guess(portero, portero.browser(), account).status == 429


def test_an_administrator_lifts_the_wait(quiet):
    portero = quiet.portero
    account = quiet.person(apps=("shop",))
    guess_until_throttled(portero, account)
    portero.cli("user", "unlock", account)
    portero.sign_in(account)
