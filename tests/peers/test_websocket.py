"""WebSockets between npm's `ws` and Python's `websockets`, through Portero, until it stops."""

from __future__ import annotations

import json
import pathlib
import subprocess
import threading

import pytest
import websockets.exceptions
import websockets.sync.server

from conftest import application
from program import ROOT, Portero, wait_until

CLIENT = pathlib.Path(ROOT / "tests" / "browser" / "websocket_client.mjs")
CHAT = "chat.localhost"


class Server:
    """Gives back what it hears, or closes as it is told; remembers who came and how each connection ended."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        self.ended: list[tuple[int, str] | None] = []
        self._server = websockets.sync.server.serve(self._talk, "127.0.0.1", 0, subprotocols=["chat"], max_size=None)
        self.port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _talk(self, connection) -> None:
        self.seen.append({name.lower(): value for name, value in connection.request.headers.raw_items()})
        try:
            for message in connection:
                if message == "cut":
                    connection.socket.shutdown(2)
                elif isinstance(message, str) and message.startswith("close "):
                    _, code, reason = message.split(" ", 2)
                    connection.close(int(code), reason)
                else:
                    connection.send(message)
        except websockets.exceptions.ConnectionClosedError:
            pass
        close = connection.protocol.close_rcvd
        self.ended.append((close.code, close.reason) if close else None)

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture(scope="module")
def front(tmp_path_factory, server, echo):
    portero = make(tmp_path_factory.mktemp("portero"), server, echo)
    yield portero
    assert portero.stop() == 0
    assert "panicked" not in portero.log_text()


def make(folder, server, echo) -> Portero:
    apps = application("chat", f'host = "{CHAT}"\npath = "/ws"', server.port) + application(
        "pages", f'host = "{CHAT}"', echo.port
    )
    portero = Portero(folder, apps, (CHAT,)).start()
    portero.add_org("acme")
    portero.add_user("acme/ana", apps=("chat", "pages"))
    return portero


def cookie(portero) -> str:
    browser, _ = portero.sign_in("acme/ana", url=portero.at(CHAT, "/"))
    return f"portero={browser.session_cookie(CHAT)}"


def node(portero, cookie: str, task: str) -> subprocess.Popen:
    url = f"ws://{CHAT}:{portero.port}/ws"
    command = ["node", CLIENT, url, portero.at(CHAT, "").rstrip("/"), cookie, task]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(portero, cookie: str, task: str) -> dict:
    out, err = node(portero, cookie, task).communicate(timeout=60)
    assert out, err
    return json.loads(out.splitlines()[-1])


def test_texts_bytes_pings_and_pieces_pass_and_so_does_the_clients_goodbye(front, server):
    before = len(server.ended)
    told = run(front, cookie(front), "echo")
    assert told == {
        "protocol": "chat",
        "extensions": "permessage-deflate",
        "text": "¿qué tal? 🙂",
        "same": True,
        "empty": 0,
        "pong": "are you there",
        "joined": "ab",
        "closed": {"code": 4002, "reason": "enough"},
    }
    wait_until("the server to notice", lambda: len(server.ended) > before)
    assert server.ended[-1] == (4002, "enough")


def test_the_server_learns_who_is_there(front, server):
    run(front, cookie(front), "be_closed")
    seen = server.seen[-1]
    assert seen["remote-user"] == "ana" and seen["x-portero-assertion"].count(".") == 2
    assert "portero=" not in seen.get("cookie", "")


def test_the_servers_goodbye_arrives_and_its_death_is_told_apart(front):
    ana = cookie(front)
    assert run(front, ana, "be_closed") == {"closed": {"code": 4001, "reason": "¡adiós!"}}
    assert run(front, ana, "be_cut")["closed"]["code"] == 1006


def test_nobody_opens_one_without_a_session(front, server):
    before = len(server.seen)
    assert run(front, "", "echo") == {"refused": 401}
    assert run(front, "portero=" + "A" * 43, "echo") == {"refused": 401}
    assert len(server.seen) == before


def test_both_sides_are_told_goodbye_when_portero_stops_and_it_stops_at_once(tmp_path, server, echo):
    portero = make(tmp_path, server, echo)
    ana = cookie(portero)
    clients = [node(portero, ana, "wait") for _ in range(3)]
    for client in clients:
        assert json.loads(client.stdout.readline()) == {"open": True}
    before = len(server.ended)
    # Its grace is 30 seconds, and `stop` waits for 20.
    assert portero.stop() == 0
    for client in clients:
        out, err = client.communicate(timeout=20)
        assert json.loads(out) == {"closed": {"code": 1001, "reason": ""}}, err
    wait_until("the server to notice", lambda: len(server.ended) == before + 3)
    assert server.ended[-3:] == [(1001, "")] * 3
    assert "still busy" not in portero.log_text()
