"""Portero under a service manager: what it tells it (sd_notify), and the socket it is handed (socket activation)."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess

import pytest

from client import exchange
from program import BINARY, Portero, wait_until


class Manager:
    """The end of the notification socket that systemd holds."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(20)
        self.heard: list[dict[str, str]] = []

    def next_with(self, *words: str) -> dict[str, str]:
        """The next message that holds all of `words`, such as "READY"; what came before is kept in `heard`."""
        while True:
            lines = self.socket.recv(4096).decode().splitlines()
            message = dict(line.split("=", 1) for line in lines)
            self.heard.append(message)
            if set(words) <= message.keys():
                return message


@pytest.fixture
def manager(tmp_path):
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.socket.close()


class Service(Portero):
    """Portero with an environment and an open file as descriptor 3, as a service manager starts it."""

    def launch(self, environment: dict[str, str], handed: socket.socket | None = None) -> "Service":
        command = 'exec "$0" run --config "$1"'
        if handed is not None:
            # LISTEN_PID has to be the process's own, which only it knows.
            command = f"exec 3<&{handed.fileno()}; export LISTEN_PID=$$; {command}"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", command, BINARY, self.config],
                env={**os.environ, **environment},
                pass_fds=[handed.fileno()] if handed else [],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        return self



@pytest.fixture
def service(tmp_path):
    folder = tmp_path / "service"
    folder.mkdir()
    service = Service(folder)
    yield service
    service.stop()
    assert "panicked" not in service.log_text(), service.log_text()[-3000:]


def page_status(port: int, host: str) -> int:
    return exchange(port, "GET", "/_portero/login", [("Host", host), ("Connection", "close")]).status


def test_it_says_when_people_can_come_and_when_it_stops(manager, service):
    service.launch({"NOTIFY_SOCKET": str(manager.path)})
    ready = manager.next_with("READY")
    assert ready["READY"] == "1" and service.origin in ready["STATUS"]
    assert page_status(service.port, f"{service.portal_host}:{service.port}") == 200, "it was true"
    service.process.send_signal(signal.SIGTERM)
    stopping = manager.next_with("STOPPING")
    assert int(stopping["EXTEND_TIMEOUT_USEC"]) > 30_000_000, "at least server.shutdown_grace"
    assert service.process.wait(20) == 0
    assert not any("WATCHDOG" in message for message in manager.heard), "nobody asked for signs of life"


def test_it_says_that_it_reloads_and_whether_the_change_is_in_force(manager, service):
    service.launch({"NOTIFY_SOCKET": str(manager.path)})
    manager.next_with("READY")
    service.process.send_signal(signal.SIGHUP)
    assert int(manager.next_with("RELOADING", "MONOTONIC_USEC")["MONOTONIC_USEC"]) > 0
    assert "NOT" not in manager.next_with("READY")["STATUS"]
    good = service.config.read_text("utf-8")
    service.config.write_text(good + "\n[nonsense]\n", encoding="utf-8")
    service.process.send_signal(signal.SIGHUP)
    manager.next_with("RELOADING")
    assert "NOT in force" in manager.next_with("READY")["STATUS"]


def test_it_gives_signs_of_life_as_often_as_it_was_asked_to(manager, service):
    service.launch({"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "300000"})
    manager.next_with("READY")
    for _ in range(3):
        assert manager.next_with("WATCHDOG")["WATCHDOG"] == "1"


def test_signs_of_life_meant_for_another_process_are_not_its_own(manager, service):
    service.launch({"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "300000", "WATCHDOG_PID": "1"})
    manager.next_with("READY")
    service.process.send_signal(signal.SIGTERM)
    manager.next_with("STOPPING")
    assert not any("WATCHDOG" in message for message in manager.heard)


def test_a_manager_that_is_gone_keeps_nobody_out(service):
    service.launch({"NOTIFY_SOCKET": "/nowhere/notify"})
    wait_until("Portero to be ready", service._ready)
    assert page_status(service.port, f"{service.portal_host}:{service.port}") == 200


# -- socket activation ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def handed():
    """A socket that listens already, as a socket unit makes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_it_serves_on_the_socket_it_is_handed_and_leaves_its_own_address_alone(service, handed):
    service.launch({"LISTEN_FDS": "1", "LISTEN_FDNAMES": "portero"}, handed)
    wait_until("Portero to be ready", service._ready)
    host = f"{service.portal_host}:{service.port}"
    port = handed.getsockname()[1]
    assert [page_status(port, host) for _ in range(20)] == [200] * 20, "whichever worker accepts"
    with pytest.raises(ConnectionRefusedError):
        page_status(service.port, host)


def test_whoever_comes_while_it_is_started_anew_is_served_afterwards(service, handed):
    service.launch({"LISTEN_FDS": "1"}, handed)
    wait_until("Portero to be ready", service._ready)
    assert service.stop() == 0
    host, port = f"{service.portal_host}:{service.port}", handed.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as early:
        request = f"GET /_portero/login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        early.sendall(request.encode())
        service.launch({"LISTEN_FDS": "1"}, handed)
        assert early.recv(4096).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("kind", ["two", "datagram", "silent"])
def test_a_socket_of_no_use_is_refused_with_advice(service, handed, kind):
    other = {
        "two": lambda: handed,
        "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "silent": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    }[kind]()
    with other:
        service.launch({"LISTEN_FDS": "2" if kind == "two" else "1"}, other)
        process, service.process = service.process, None
        assert process.wait(20) == 1
    assert "ListenStream=" in service.log_text(), service.log_text()


def test_sockets_meant_for_another_process_are_not_its_own(service):
    service.launch({"LISTEN_FDS": "1", "LISTEN_PID": "1"})
    wait_until("Portero to be ready", service._ready)
    assert page_status(service.port, f"{service.portal_host}:{service.port}") == 200


def test_systemds_own_socket_activation_starts_it(service):
    activate = shutil.which("systemd-socket-activate")
    if not activate:
        pytest.skip("systemd-socket-activate is not installed")
    with service.log.open("ab") as log:
        service.process = subprocess.Popen(
            [activate, f"--listen=127.0.0.1:{service.port}", BINARY, "run", "--config", service.config],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    host = f"{service.portal_host}:{service.port}"
    wait_until("the socket", lambda: "Listening on" in service.log_text())
    assert page_status(service.port, host) == 200, "the first visitor starts it"
    assert "service manager's socket" in service.log_text()


# -- privileges ----------------------------------------------------------------------------------------------------------------------


def test_whoever_runs_it_as_root_is_told_how_not_to(service):
    service.start()
    told = "running as root" in service.log_text()
    assert told == (os.geteuid() == 0), service.log_text()


# -- what a machine asks -------------------------------------------------------------------------------------------------------------


def test_a_probe_is_told_whether_it_is_ready(service):
    before = service.run("health")
    assert before.returncode == 1 and str(service.admin_port) in before.stderr, before.stderr
    service.start()
    assert service.cli("health") == "ready\n"


def test_a_probe_does_not_wait_for_one_that_says_nothing(service):
    with socket.create_server(("127.0.0.1", service.admin_port)):
        silent = service.run("health")
    assert silent.returncode == 1 and "within 5 seconds" in silent.stderr, silent.stderr
