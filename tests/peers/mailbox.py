"""The folder that Portero writes messages to instead of sending them, read as their addressees would."""

from __future__ import annotations

import email
import email.policy
import pathlib
import re
from email.message import EmailMessage

from program import wait_until

CODE = re.compile(r"^\s*([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\s*$", re.MULTILINE)
TEMPORARY = re.compile(r"^\s*(\S{16})\s*$", re.MULTILINE)


class Mailbox:
    """`[mail]` for Portero's configuration, and what arrived."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self._read: set[str] = set()

    @property
    def section(self) -> str:
        return f'transport = "files"\npath = "{self.folder}"\nfrom = "door@portero.test"'

    def fresh(self) -> list[EmailMessage]:
        """What arrived since anybody looked."""
        found = []
        for path in sorted(self.folder.glob("[!.]*.eml")):
            if path.name not in self._read:
                self._read.add(path.name)
                found.append(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
        return found

    def expect(self, *addresses: str, saying: str = "") -> dict[str, EmailMessage]:
        """Waits for one message that says this to each of these, and none to anybody else."""
        arrived: list[EmailMessage] = []

        def all_there():
            arrived.extend(message for message in self.fresh() if saying in text_of(message))
            return len(arrived) >= len(addresses)

        wait_until(f"mail for {addresses}", all_there)
        by_address = {message["To"]: message for message in arrived}
        assert sorted(message["To"] for message in arrived) == sorted(addresses), by_address.keys()
        return by_address


def text_of(message: EmailMessage) -> str:
    return message.get_body(("plain",)).get_content()


def link_in(message: EmailMessage) -> str:
    """The only address in a message's text."""
    links = re.findall(r"https?://\S+", text_of(message))
    assert len(links) == 1, links
    return links[0]


def stable(page, *typed: str) -> tuple:
    """An answer without what differs by nature: the form token, the date, the cookie's value, and what was typed itself."""
    body = re.sub(r'name="csrf" value="[^"]*"', 'name="csrf"', page.text)
    body = re.sub(r"\S•••@\S•••\.\w+", "MASK", body)
    for word in typed:
        body = body.replace(word, "TYPED")
    headers = []
    for name, value in page.response.headers:
        if name.lower() in ("date", "content-length"):
            continue
        if name.lower() == "set-cookie":
            value = re.sub(r"=[^;]*", "=", value, count=1)
        for word in typed:
            value = value.replace(word, "TYPED")
        headers.append((name.lower(), value))
    return page.status, headers, body
