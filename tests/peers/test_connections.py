"""One client address has so many connections and no more, whatever it does with them; nobody else notices."""

import contextlib
import signal
import socket
from http.client import HTTPConnection

import pytest

from program import Portero, wait_until
from scrape import Scrape

CAP = 3


def own_address(family: socket.AddressFamily, stranger: str) -> str:
    """An address of this machine that others could reach. Nothing is sent to find it out."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((stranger, 9))
        except OSError:
            pytest.skip(f"this machine has no address of {family.name} but its loopback")
        return probe.getsockname()[0]


@pytest.fixture(params=[(socket.AF_INET, "198.51.100.1"), (socket.AF_INET6, "2001:db8::1")], ids=["ipv4", "ipv6"])
def own(request) -> str:
    return own_address(*request.param)


@pytest.fixture
def capped(tmp_path):
    """A Portero on every address."""
    portero = Portero(tmp_path)
    text = portero.config.read_text("utf-8").replace(f'"127.0.0.1:{portero.port}"', f'"[::]:{portero.port}"')
    portero.config.write_text(text.replace("[admin]", f"max_connections_per_address = {CAP}\n[admin]"), "utf-8")
    portero.start()
    yield portero
    portero.stop()


def change(portero: Portero, old: str, new: str) -> None:
    """Changes the configuration and has it taken up."""
    before = portero.log_text().count("the configuration was reloaded")
    text = portero.config.read_text("utf-8")
    assert text.count(old) == 1, old
    portero.config.write_text(text.replace(old, new), "utf-8")
    portero.process.send_signal(signal.SIGHUP)
    wait_until("the reload", lambda: portero.log_text().count("the configuration was reloaded") > before)


class Client:
    """Somebody at an address who keeps connections open."""

    def __init__(self, portero: Portero, address: str) -> None:
        self.portero = portero
        self.address = address
        self.connections: list[HTTPConnection] = []

    def connect(self) -> socket.socket:
        return socket.create_connection((self.address, self.portero.port), timeout=10, source_address=(self.address, 0))

    def asks(self, connection: HTTPConnection) -> int:
        connection.request("GET", "/_portero/jwks.json", headers={"Host": f"{self.portero.portal_host}:{self.portero.port}"})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def comes_in(self) -> bool:
        """Whether one more connection is served, and kept; if not, it must have been reset."""
        connection = HTTPConnection(self.address, self.portero.port)
        # It must not connect anew by itself.
        connection.auto_open = 0
        try:
            connection.sock = self.connect()
            assert self.asks(connection) == 200
        except (ConnectionResetError, BrokenPipeError):
            connection.close()
            return False
        self.connections.append(connection)
        return True

    def close(self) -> None:
        for connection in self.connections:
            connection.close()


@pytest.fixture
def client(capped, own):
    with contextlib.closing(Client(capped, own)) as client:
        yield client


def turned_away(portero: Portero) -> float:
    return Scrape(portero).get("portero_connections_turned_away_total")


def test_a_client_has_its_connections_and_no_more_until_it_closes_one(capped, client):
    assert [client.comes_in() for _ in range(CAP)] == [True] * CAP
    # Nothing was asked. The reset may be there before the client knows that it is connected.
    with pytest.raises(ConnectionResetError):
        client.connect().recv(1)
    assert turned_away(capped) == 1
    assert [client.comes_in() for _ in range(4)] == [False] * 4
    assert turned_away(capped) == 5
    notices = [line for line in capped.log_text().splitlines() if "server.max_connections_per_address" in line]
    assert len(notices) == 1 and client.address in notices[0], notices
    assert [client.asks(connection) for connection in client.connections] == [200] * CAP, "who is in stays in"
    assert capped.browser().get(capped.portal("/login")).status == 200, "and others come and go"
    client.connections.pop().close()
    wait_until("the free place", client.comes_in)
    assert not client.comes_in()


def test_this_machine_and_trusted_proxies_come_as_often_as_they_like(capped, client):
    with contextlib.closing(Client(capped, "127.0.0.1")) as here:
        assert [here.comes_in() for _ in range(3 * CAP)] == [True] * 3 * CAP
    assert [client.comes_in() for _ in range(CAP + 1)] == [True] * CAP + [False]
    change(capped, "[admin]", f'trusted_proxies = ["{client.address}"]\n[admin]')
    assert [client.comes_in() for _ in range(2 * CAP)] == [True] * 2 * CAP


def test_another_number_holds_without_a_restart_and_zero_is_none(capped, client):
    assert [client.comes_in() for _ in range(CAP + 1)] == [True] * CAP + [False]
    change(capped, f"max_connections_per_address = {CAP}", f"max_connections_per_address = {CAP + 1}")
    assert [client.comes_in() for _ in range(2)] == [True, False]
    change(capped, f"max_connections_per_address = {CAP + 1}", "max_connections_per_address = 0")
    assert [client.comes_in() for _ in range(3 * CAP)] == [True] * 3 * CAP
