"""An application that is down, stalls or talks nonsense: a page in the person's language, a problem for a program."""

import json
import socket
import threading

import pytest

from client import exchange
from conftest import SHOP, application, rule
from program import Portero, free_port


class Liar:
    """Accepts connections and answers each with `reply`; `None` says nothing at all."""

    def __init__(self, reply: bytes | None) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.kept: list[socket.socket] = []
        self.reply = reply
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.kept.append(connection)
            if self.reply is not None:
                connection.recv(65536)
                connection.sendall(self.reply)
                connection.close()


CASES = {
    "down": (lambda: None, 502),
    "closes": (lambda: Liar(b""), 502),
    "nonsense": (lambda: Liar(b"hello there\r\n\r\n"), 502),
    "silent": (lambda: Liar(None), 504),
}


@pytest.mark.parametrize("case", CASES)
def test_a_failing_application_is_told_to_people_and_to_programs(case, tmp_path):
    make, status = CASES[case]
    liar = make()
    port = liar.port if liar else free_port()
    where = f'host = "{SHOP}"\nresponse_timeout = "1s"'
    portero = Portero(tmp_path, application("shop", where, port, access='"anyone"', rules=rule("/x", '"anyone"')), (SHOP,)).start()
    try:

        def asked(accept: str, language: str):
            headers = [("Host", f"{SHOP}:{portero.port}"), ("Accept", accept), ("Accept-Language", language), ("Connection", "close")]
            return exchange(portero.port, "GET", "/", headers)

        spanish, english = asked("text/html", "es-MX"), asked("text/html", "en")
        assert spanish.status == english.status == status
        assert '<html lang="es">' in spanish.text and '<html lang="en">' in english.text
        program = asked("application/json", "en")
        assert program.status == status and program.media_type == "application/problem+json"
        problem = json.loads(program.text)
        assert problem["status"] == status
        assert problem["request_id"] in portero.log.read_text(encoding="utf-8"), "the log knows the id"
    finally:
        portero.stop()
