"""Messages that Portero wrote as files (`transport = "files"`), read as people read them."""

from __future__ import annotations

import email
import email.policy
import pathlib
import re
import urllib.parse

from program import Portero, wait_until


class Letters:
    """The messages of one installation; each is taken once."""

    def __init__(self, portero: Portero, folder: pathlib.Path) -> None:
        self.portero = portero
        self.folder = folder
        self._seen: set[pathlib.Path] = set()

    def take(self, count: int) -> dict[str, email.message.EmailMessage]:
        """Waits until `count` further messages are there and the outbox is empty; by address, one for each."""

        def fresh():
            found = sorted(set(self.folder.glob("*.eml")) - self._seen)
            return found if len(found) >= count and self.portero.cli_json("mail", "list") == [] else None

        found = wait_until(f"{count} messages", fresh)
        self._seen |= set(found)
        messages = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in found]
        by_address = {str(message["To"]): message for message in messages}
        assert len(messages) == count == len(by_address), [(str(m["To"]), str(m["Subject"])) for m in messages]
        return by_address

    def none(self) -> bool:
        """Whether nothing further was written, or waits to be."""
        return not set(self.folder.glob("*.eml")) - self._seen and self.portero.cli_json("mail", "list") == []


def text_of(message) -> str:
    return message.get_body(("plain",)).get_content()


def link_in(message, path: str) -> str:
    """The one link in a message, which has to lead to `path`."""
    found = set(re.findall(r"https?://\S+", text_of(message)))
    assert len(found) == 1, found
    link = found.pop()
    assert urllib.parse.urlsplit(link).path == f"/_portero{path}", link
    return link
