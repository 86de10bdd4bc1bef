"""A small HTTP/1.1 client that hides nothing and tolerates nothing.

It sends exactly the bytes it is told to, connects from the loopback address it is told to (so that every test has a client address of
its own), and fails on any response header that is not on its list.
"""

from __future__ import annotations

import dataclasses
import json
import re
import socket

# What Portero itself may say. Anything else on a page of its own is a leak or a slip.
PORTERO_HEADERS = frozenset(
    """
    cache-control connection content-language content-length content-security-policy content-type cross-origin-opener-policy
    cross-origin-resource-policy date location permissions-policy referrer-policy retry-after set-cookie vary www-authenticate
    x-content-type-options x-frame-options x-robots-tag allow etag
    """.split()
)
# What a proxied application's answer may hold besides.
APPLICATION_HEADERS = frozenset("transfer-encoding last-modified accept-ranges server".split())

TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class ProtocolError(AssertionError):
    """The answer is not HTTP as it should be."""


@dataclasses.dataclass
class Response:
    status: int
    headers: list[tuple[str, str]]
    body: bytes
    raw_head: bytes = b""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        values = self.all(name)
        if len(values) > 1:
            raise ProtocolError(f"{name} came {len(values)} times: {values}")
        return values[0] if values else None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def media_type(self) -> str:
        return (self.header("content-type") or "").split(";")[0].strip().lower()

    def json(self):
        return json.loads(self.body)


def exchange(
    port: int,
    method: str,
    target: str,
    headers: list[tuple[str, str]],
    body: bytes = b"",
    *,
    source: str = "127.0.0.1",
    allowed: frozenset[str] = PORTERO_HEADERS | APPLICATION_HEADERS,
    timeout: float = 30,
) -> Response:
    """One request on a connection of its own. Says nothing that is not in `headers`, but for Content-Length and Connection."""
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers]
    named = {name.lower() for name, _ in headers}
    if body and "content-length" not in named and "transfer-encoding" not in named:
        lines.append(f"Content-Length: {len(body)}")
    if "connection" not in named:
        lines.append("Connection: close")
    head = "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n"
    return exchange_raw(port, head + body, method=method, source=source, allowed=allowed, timeout=timeout)


def exchange_raw(
    port: int,
    data: bytes,
    *,
    method: str = "GET",
    source: str = "127.0.0.1",
    allowed: frozenset[str] = PORTERO_HEADERS | APPLICATION_HEADERS,
    timeout: float = 30,
) -> Response:
    """Sends `data` as it is and reads one response."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0)) as connection:
        connection.sendall(data)
        with connection.makefile("rb") as stream:
            response = read_response(stream, method)
    for name, value in response.headers:
        if name.lower() not in allowed:
            raise ProtocolError(f"a surprising header: {name}: {value}")
    return response


def read_response(stream, method: str) -> Response:
    """Reads one final response, strictly."""
    while True:
        response = _read_head(stream)
        if response.status >= 200:
            break
    names = [name.lower() for name, _ in response.headers]
    for name in set(names) - {"set-cookie", "vary", "cache-control", "server", "date"}:
        if names.count(name) > 1:
            raise ProtocolError(f"{name} came {names.count(name)} times")
    if names.count("date") > 1:
        raise ProtocolError("two dates")
    if method == "HEAD" or response.status in (204, 304):
        pass
    elif response.header("transfer-encoding"):
        if response.header("transfer-encoding").lower() != "chunked" or response.header("content-length"):
            raise ProtocolError(f"bad framing: {response.headers}")
        response.body = _read_chunked(stream)
    elif (length := response.header("content-length")) is not None:
        response.body = stream.read(int(length))
        if len(response.body) != int(length):
            raise ProtocolError(f"{len(response.body)} of {length} bytes came")
    else:
        response.body = stream.read()
    return response


def _read_head(stream) -> Response:
    raw = line = stream.readline(65536)
    match = re.fullmatch(rb"HTTP/1\.1 ([1-5]\d\d) [^\r\n]*\r\n", line)
    if not match:
        raise ProtocolError(f"not a status line: {line!r}")
    headers: list[tuple[str, str]] = []
    while True:
        line = stream.readline(65536)
        raw += line
        if line == b"\r\n":
            return Response(int(match.group(1)), headers, b"", raw)
        name, colon, value = line.partition(b":")
        if not colon or not TOKEN.fullmatch(name) or not line.endswith(b"\r\n"):
            raise ProtocolError(f"not a header line: {line!r}")
        value = value.strip(b" \t\r\n")
        if any(byte < 0x20 and byte != 0x09 or byte == 0x7F for byte in value):
            raise ProtocolError(f"a control character in {line!r}")
        headers.append((name.decode("ascii"), value.decode("utf-8", "surrogateescape")))


def _read_chunked(stream) -> bytes:
    body = b""
    while True:
        size = int(stream.readline(1024).split(b";")[0].strip(), 16)
        if size == 0:
            while stream.readline(65536) not in (b"\r\n", b""):
                pass
            return body
        chunk = stream.read(size)
        if len(chunk) != size or stream.read(2) != b"\r\n":
            raise ProtocolError("a chunk was cut short")
        body += chunk
