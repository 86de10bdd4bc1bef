"""The mails that Portero wrote into its folder."""

from __future__ import annotations

import email
import email.policy
import pathlib
import re

from program import wait_until


def all_in(folder: pathlib.Path) -> list[email.message.EmailMessage]:
    """Every message that is there."""
    files = sorted(folder.glob("*.eml")) if folder.is_dir() else []
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


class Letters:
    """Reads them one after the other."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.read: set[str] = set()

    def unread(self) -> list[email.message.EmailMessage]:
        return [message for message in all_in(self.folder) if message["Message-ID"] not in self.read]

    def next(self, to: str) -> email.message.EmailMessage:
        """Waits for a message that was not read yet."""
        message = wait_until(f"a message to {to}", lambda: next((mail for mail in self.unread() if mail["To"] == to), None))
        self.read.add(message["Message-ID"])
        return message


def text_of(message) -> str:
    return message.get_body(("plain",)).get_content()


def temporary_password_of(message) -> str:
    """It stands on a line of its own."""
    found = re.findall(r"^    (\S{16,})\r?$", text_of(message), re.M)
    secrets = [word for word in found if "://" not in word]
    assert len(secrets) == 1, text_of(message)
    return secrets[0]
