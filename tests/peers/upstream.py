"""An application that answers with what it was asked, word for word, and remembers it."""

from __future__ import annotations

import http.server
import json
import pathlib
import ssl
import threading


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = b""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        seen = {
            "method": self.command,
            # As it stood on the request line: http.server's own `path` folds leading slashes.
            "target": self.requestline.split(" ")[1],
            "headers": [[name, value] for name, value in self.headers.items()],
            "body": body.decode("latin-1"),
        }
        self.server.seen.append(seen)
        answer = json.dumps(seen).encode()
        self.send_response_only(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Set-Cookie", "shop=basket; Path=/")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = _answer

    def log_message(self, *_args) -> None:
        pass


class Echo:
    """The application, on a free port; with a certificate and its key, over TLS."""

    def __init__(self, pair: tuple[pathlib.Path, pathlib.Path] | None = None) -> None:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        if pair:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*pair)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._server.daemon_threads = True
        self._server.seen = []
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def seen(self) -> list[dict]:
        return self._server.seen

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def header(seen: dict, name: str) -> str | None:
    """The one value of a header that the application got; two of it are a fault."""
    values = [value for key, value in seen["headers"] if key.lower() == name.lower()]
    assert len(values) <= 1, f"{name} came {len(values)} times: {values}"
    return values[0] if values else None
