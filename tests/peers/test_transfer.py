"""Parts of files, files that did not change, and files that are larger than memory should ever be."""

from __future__ import annotations

import os
import pathlib
import socket
import threading

import pytest

from apache import FILE
from client import APPLICATION_HEADERS, PORTERO_HEADERS, exchange
from conftest import LEGACY, application
from program import Portero

FILES = PORTERO_HEADERS | APPLICATION_HEADERS | {"content-range"}
MIB = 1 << 20
LARGE = 1024 * MIB
ROOM = 64 * MIB
BULK = "bulk.localhost"


@pytest.fixture(scope="module")
def fetch(house):
    """Asks Apache for its file, as somebody who is in."""
    account = house.person(apps=("legacy",))
    browser, _ = house.portero.sign_in(account, url=house.portero.at(LEGACY, "/cgi/environment"))
    browser.allowed = FILES

    def fetch(method="GET", **headers):
        given = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return browser.fetch(house.portero.at(LEGACY, "/files/large.bin"), method=method, headers=given)

    return fetch


def test_a_part_of_a_file_is_a_part(fetch):
    whole = fetch()
    assert whole.status == 200 and whole.body == FILE and whole.header("accept-ranges") == "bytes"
    part = fetch(Range="bytes=100-299")
    assert part.status == 206 and part.body == FILE[100:300]
    assert part.header("content-range") == f"bytes 100-299/{len(FILE)}" and part.header("content-length") == "200"
    assert fetch(Range="bytes=-5").body == FILE[-5:]
    several = fetch(Range="bytes=0-1,10-12")
    assert several.status == 206 and several.media_type == "multipart/byteranges"
    assert several.body.count(b"Content-range: bytes") + several.body.count(b"Content-Range: bytes") == 2
    assert fetch(Range=f"bytes={len(FILE)}-").status == 416


@pytest.mark.parametrize("asked", ["bytes=0-9", "bytes=0-1,10-12", f"bytes={len(FILE)}-", "bytes=9-1", "nonsense"])
def test_the_answer_is_word_for_word_what_apache_says(fetch, apache, asked):
    direct = exchange(apache.port, "GET", "/files/large.bin", [("Host", LEGACY), ("Range", asked)], allowed=FILES)
    passed = fetch(Range=asked)
    # The boundary between parts is made anew for each answer.
    assert (passed.status, len(passed.body)) == (direct.status, len(direct.body))
    for name in ("content-range", "content-length", "etag", "last-modified", "accept-ranges"):
        assert passed.all(name) == direct.all(name), name


def test_what_did_not_change_is_not_sent_again(fetch):
    whole = fetch()
    etag, modified = whole.header("etag"), whole.header("last-modified")
    for headers in ({"If_None_Match": etag}, {"If_None_Match": f'"other", {etag}'}, {"If_Modified_Since": modified}):
        same = fetch(**headers)
        assert same.status == 304 and same.body == b"" and same.header("etag") == etag, headers
    assert fetch(If_None_Match='"other"').body == FILE
    assert fetch(If_Match='"other"').status == 412
    assert fetch(If_Match=etag).status == 200


def test_a_part_is_of_the_same_file_or_all_of_it_comes(fetch):
    etag = fetch().header("etag")
    assert fetch(Range="bytes=0-9", If_Range=etag).status == 206
    changed = fetch(Range="bytes=0-9", If_Range='"other"')
    assert changed.status == 200 and changed.body == FILE


def test_a_head_says_what_would_come(fetch):
    head = fetch("HEAD")
    assert head.status == 200 and head.header("content-length") == str(len(FILE)) and head.body == b""


class Bulk:
    """An application that takes and gives large files as fast as sockets go."""

    def __init__(self, file: pathlib.Path) -> None:
        self.file = file
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection) -> None:
        with connection:
            while head := read_head(connection):
                if head.startswith(b"GET "):
                    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n".encode())
                    give(connection, self.file)
                else:
                    taken = str(take(connection, LARGE)).encode()
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(taken), taken))

    def close(self) -> None:
        self.listener.close()


def read_head(connection) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return b""
        head += byte
    return head


def give(connection, file: pathlib.Path) -> None:
    with file.open("rb") as source:
        assert connection.sendfile(source) == LARGE


def take(connection, size: int) -> int:
    space, taken = bytearray(MIB), 0
    while taken < size and (count := connection.recv_into(space, min(MIB, size - taken))):
        taken += count
    return taken


@pytest.fixture(scope="module")
def bulk(tmp_path_factory):
    """Portero before it, and the file that is sent either way; it takes no room on the disk."""
    folder = tmp_path_factory.mktemp("bulk")
    file = folder / "large"
    with file.open("wb") as empty:
        os.truncate(empty.fileno(), LARGE)
    server = Bulk(file)
    # Nobody signs in: Argon2id's memory would hide the growth.
    app = application("bulk", f'host = "{BULK}"', server.port, access='"anyone"')
    portero = Portero(folder, app, (BULK,)).start()
    yield portero, file
    assert portero.stop() == 0
    server.close()


def peak(portero) -> int:
    """The most memory that the process ever held."""
    for line in pathlib.Path(f"/proc/{portero.process.pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


def ask(portero, head: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", portero.port), timeout=60)
    connection.sendall(f"{head} HTTP/1.1\r\nHost: {BULK}:{portero.port}\r\n".encode())
    return connection


def test_a_large_download_takes_no_memory(bulk):
    portero, _ = bulk
    before = peak(portero)
    with ask(portero, "GET /large") as connection:
        connection.sendall(b"\r\n")
        head = read_head(connection)
        assert head.startswith(b"HTTP/1.1 200 ") and f"content-length: {LARGE}\r\n".encode() in head.lower(), head
        assert take(connection, LARGE) == LARGE
    assert peak(portero) - before < ROOM


def test_a_large_upload_takes_no_memory(bulk):
    portero, file = bulk
    before = peak(portero)
    with ask(portero, "PUT /large") as connection:
        connection.sendall(f"Content-Length: {LARGE}\r\n\r\n".encode())
        give(connection, file)
        head = read_head(connection)
        assert head.startswith(b"HTTP/1.1 200 "), head
        assert take(connection, len(str(LARGE))) == len(str(LARGE))
    assert peak(portero) - before < ROOM
