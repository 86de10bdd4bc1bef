"""The folder that Portero writes messages to instead of sending them, read as their addressees would."""

from __future__ import annotations

import email
import email.policy
import pathlib
import re
import urllib.parse
from email.message import EmailMessage

from program import Portero, wait_until

CODE = re.compile(r"^\s*([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\s*$", re.MULTILINE)
TEMPORARY = re.compile(r"^\s*(\S{16})\s*$", re.MULTILINE)


class Mailbox:
    """`[mail]` for Portero's configuration, and what arrived. Each message is read once."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self._read: set[pathlib.Path] = set()

    @property
    def section(self) -> str:
        return f'transport = "files"\npath = "{self.folder}"\nfrom = "door@portero.test"'

    def _paths(self) -> list[pathlib.Path]:
        return sorted(self.folder.glob("[!.]*.eml"))

    def all(self) -> list[EmailMessage]:
        """Every message, read or not."""
        return [_message(path) for path in self._paths()]

    def unread(self) -> list[EmailMessage]:
        """What nobody looked at; it stays unread."""
        return [_message(path) for path in self._paths() if path not in self._read]

    def fresh(self) -> list[EmailMessage]:
        """What arrived since anybody looked."""
        paths = [path for path in self._paths() if path not in self._read]
        self._read.update(paths)
        return [_message(path) for path in paths]

    def next(self, to: str) -> EmailMessage:
        """Waits for the next message to `to`; the others stay unread."""

        def there():
            return next((path for path in self._paths() if path not in self._read and _message(path)["To"] == to), None)

        path = wait_until(f"a message to {to}", there)
        self._read.add(path)
        return _message(path)

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

    def take(self, portero: Portero, count: int) -> dict[str, EmailMessage]:
        """Waits until `count` further messages are there and no other is on its way; by address, one for each."""
        wait_until(f"{count} messages", lambda: len(self.unread()) >= count and portero.cli_json("mail", "list") == [])
        messages = self.fresh()
        by_address = {str(message["To"]): message for message in messages}
        assert len(messages) == count == len(by_address), [(str(m["To"]), str(m["Subject"])) for m in messages]
        return by_address

    def has_nothing_more(self, portero: Portero) -> bool:
        """Whether nothing further was written, or waits to be."""
        return not self.unread() and portero.cli_json("mail", "list") == []


def _message(path: pathlib.Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def text_of(message: EmailMessage) -> str:
    return message.get_body(("plain",)).get_content()


def link_in(message: EmailMessage, path: str | None = None) -> str:
    """The only link in a message's text, which leads to `path` if one is named."""
    links = set(re.findall(r"https?://\S+", text_of(message)))
    assert len(links) == 1, links
    link = links.pop()
    assert path is None or urllib.parse.urlsplit(link).path == f"/_portero{path}", link
    return link


def temporary_password_of(message: EmailMessage) -> str:
    """It stands on a line of its own."""
    found = re.findall(r"^    (\S{16,})\r?$", text_of(message), re.MULTILINE)
    secrets = [word for word in found if "://" not in word]
    assert len(secrets) == 1, text_of(message)
    return secrets[0]


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
