"""A calendar program in front of Portero, Radicale behind it: the `caldav` library, which many programs are built on.

Portero has no password for programs: one that can be given a header or a cookie comes with the session of a person's browser, as this one
does, and ends with it.
"""

import datetime

import caldav
import pytest
from caldav.lib.error import AuthorizationError, NotFoundError

from conftest import CALENDAR

WHEN = datetime.datetime(2027, 3, 1, 10, 0, tzinfo=datetime.UTC)
AN_HOUR = datetime.timedelta(hours=1)


class Program:
    """A calendar program, and what it was answered."""

    def __init__(self, portero, cookie: str | None = None) -> None:
        # Names below localhost are not resolved everywhere: the address is asked for by number, with the name as Host.
        headers = {"Host": f"{CALENDAR}:{portero.port}"}
        if cookie:
            headers["Cookie"] = f"portero={cookie}"
        self.client = caldav.DAVClient(f"http://127.0.0.1:{portero.port}/", headers=headers, enable_rfc6764=False)
        self.answers = []
        self.client.session.hooks["response"].append(lambda answer, **_: self.answers.append(answer))


@pytest.fixture
def programs(house):
    """Makes programs of new people; gives the name and the browser of each, too."""
    made = []

    def make() -> tuple[Program, str, object]:
        portero = house.portero
        account = house.person(apps=("calendar",))
        browser = portero.browser()
        browser.allowed = browser.allowed | {"content-encoding", "dav"}
        portero.sign_in(account, url=portero.at(CALENDAR, "/.web/"), browser=browser)
        made.append(Program(portero, browser.session_cookie(CALENDAR)))
        return made[-1], account.split("/")[1], browser

    yield make
    for program in made:
        program.client.close()


def summaries(calendar, day: datetime.datetime) -> list[str]:
    """What is in the calendar from `day` on for a day, as the server finds it."""
    found = calendar.search(start=day, end=day + datetime.timedelta(days=1), event=True, expand=False)
    return [str(event.icalendar_component["summary"]) for event in found]


def test_a_calendar_is_made_filled_searched_changed_and_emptied(programs):
    program, name, _ = programs()
    principal = program.client.principal()
    assert principal.url.path == f"/{name}/", "whom Radicale takes the program for"
    calendar = principal.make_calendar(name="Work of the año", cal_id="work")
    assert [str(known.get_display_name()) for known in principal.get_calendars()] == ["Work of the año"]

    event = calendar.add_event(dtstart=WHEN, dtend=WHEN + AN_HOUR, summary="La reunión")
    later = WHEN + datetime.timedelta(days=7)
    calendar.add_event(dtstart=later, dtend=later + AN_HOUR, summary="The next one")
    assert (summaries(calendar, WHEN), summaries(calendar, later)) == (["La reunión"], ["The next one"])
    assert summaries(calendar, WHEN - datetime.timedelta(days=3)) == []

    found = calendar.get_event_by_uid(event.icalendar_component["uid"])
    with found.edit_icalendar_component() as component:
        component["summary"] = "La reunión, en otra sala"
    found.save()
    assert summaries(calendar, WHEN) == ["La reunión, en otra sala"]

    found.delete()
    assert summaries(calendar, WHEN) == [] and summaries(calendar, later) == ["The next one"]
    with pytest.raises(NotFoundError):
        calendar.get_event_by_uid(event.icalendar_component["uid"])
    calendar.delete()
    assert principal.get_calendars() == []


def test_a_program_without_a_session_is_told_so_and_never_shown_a_form(house, programs):
    known, name, _ = programs()
    known.client.principal().make_calendar(name="Mine", cal_id="mine")
    for cookie in (None, "A" * 43, "nonsense"):
        stranger = Program(house.portero, cookie)
        with stranger.client as client:
            with pytest.raises(AuthorizationError):
                client.principal().get_calendars()
            with pytest.raises(AuthorizationError):
                client.calendar(url=f"{client.url}{name}/mine/").search(start=WHEN, end=WHEN + AN_HOUR, event=True)
            with pytest.raises(AuthorizationError):
                client.calendar(url=f"{client.url}{name}/mine/").add_event(dtstart=WHEN, dtend=WHEN + AN_HOUR, summary="No")
            # What it would subscribe to.
            with pytest.raises(AuthorizationError):
                client.request(f"{client.url}{name}/mine/")
        assert {answer.request.method for answer in stranger.answers} >= {"PROPFIND", "REPORT", "PUT", "GET"}
        for answer in stranger.answers:
            assert answer.status_code == 401 and not answer.history, answer.request.method
            assert answer.headers["content-type"] == "application/problem+json"
            assert "<" not in answer.text and "location" not in answer.headers


def test_nobody_gets_into_the_calendar_of_another(programs):
    (ana, name, _), (eve, _, _) = programs(), programs()
    calendar = ana.client.principal().make_calendar(name="Private", cal_id="private")
    event = calendar.add_event(dtstart=WHEN, dtend=WHEN + AN_HOUR, summary="Nobody's business")
    assert eve.client.principal().get_calendars() == []
    theirs = eve.client.calendar(url=f"{eve.client.url}{name}/private/")
    path = event.url.path
    for attempt in (
        lambda: theirs.search(start=WHEN, end=WHEN + AN_HOUR, event=True),
        lambda: theirs.add_event(dtstart=WHEN, dtend=WHEN + AN_HOUR, summary="Eve was here"),
        lambda: theirs.delete(),
        lambda: eve.client.request(f"{eve.client.url}{path.lstrip('/')}"),
        # She says that she is somebody else.
        lambda: eve.client.request(f"{eve.client.url}{path.lstrip('/')}", headers={"Remote-User": name}),
    ):
        with pytest.raises(AuthorizationError):
            attempt()
    assert {answer.status_code for answer in eve.answers} <= {200, 207, 403}
    assert all("business" not in answer.text for answer in eve.answers)
    assert summaries(calendar, WHEN) == ["Nobody's business"]


def test_a_program_is_out_when_its_person_signs_out(house, programs):
    program, _, browser = programs()
    assert program.client.principal().get_calendars() == []
    page = browser.get(house.portero.portal("/portal"))
    browser.submit(page, page.form_to("/logout"))
    with pytest.raises(AuthorizationError):
        program.client.principal().get_calendars()
    assert program.answers[-1].headers["content-type"] == "application/problem+json"
