"""Radicale, a real calendar server, believes Portero about who is there, and nobody else."""

import pytest

from client import APPLICATION_HEADERS, PORTERO_HEADERS
from conftest import CALENDAR

RADICALE_HEADERS = PORTERO_HEADERS | APPLICATION_HEADERS | frozenset("dav content-encoding content-disposition".split())
EVENT = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Portero//tests//EN\r
BEGIN:VEVENT\r
UID:meeting\r
DTSTAMP:20260101T000000Z\r
DTSTART:20260102T100000Z\r
SUMMARY:The yearly meeting\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture(scope="module")
def people(house):
    """Two people who are in."""
    found = []
    for _ in range(2):
        account = house.person(apps=("calendar",))
        browser = house.portero.browser()
        browser.allowed = RADICALE_HEADERS
        house.portero.sign_in(account, url=house.portero.at(CALENDAR, "/.web/"), browser=browser)
        found.append((account.split("/")[1], browser))
    return found


def dav(house, browser, method, path, body=b"", **headers):
    given = [("Depth", "0")] + [(name.replace("_", "-"), value) for name, value in headers.items()]
    if body:
        given.append(("Content-Type", "text/calendar"))
    return browser.fetch(house.portero.at(CALENDAR, path), method=method, headers=given, body=body)


def test_a_person_makes_a_calendar_that_nobody_else_sees(house, people):
    (ana, ana_browser), (_, other_browser) = people
    assert dav(house, ana_browser, "PROPFIND", f"/{ana}/").status == 207
    assert dav(house, ana_browser, "MKCALENDAR", f"/{ana}/work/").status == 201
    assert dav(house, ana_browser, "PUT", f"/{ana}/work/meeting.ics", EVENT).status == 201
    read = dav(house, ana_browser, "GET", f"/{ana}/work/meeting.ics", Accept_Encoding="identity")
    assert read.status == 200 and b"The yearly meeting" in read.body
    for method, path in (
        ("PROPFIND", f"/{ana}/"),
        ("PROPFIND", f"/{ana}/work/"),
        ("GET", f"/{ana}/work/meeting.ics"),
        ("DELETE", f"/{ana}/work/meeting.ics"),
    ):
        assert dav(house, other_browser, method, path).status in (403, 404), f"{method} {path}"
    assert dav(house, ana_browser, "GET", f"/{ana}/work/meeting.ics").status == 200


@pytest.mark.parametrize("claim", ["Remote-User", "remote_user", "REMOTE_USER", "REMOTE-USER", "X-Remote-User", "X_Remote_User"])
def test_a_forged_name_from_outside_gains_nothing(house, people, claim):
    (ana, ana_browser), (_, other_browser) = people
    dav(house, ana_browser, "PROPFIND", f"/{ana}/")
    headers = [("Depth", "0"), (claim, ana)]
    inside = other_browser.fetch(house.portero.at(CALENDAR, f"/{ana}/"), method="PROPFIND", headers=headers)
    assert inside.status in (403, 404)
    outside = house.portero.browser().fetch(house.portero.at(CALENDAR, f"/{ana}/"), method="PROPFIND", headers=headers)
    assert outside.status == 401 and outside.media_type == "application/problem+json"
