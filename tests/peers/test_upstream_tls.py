"""Applications that are reached by TLS alone: who is believed, and what is said of the others."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from certificates import Authority
from client import exchange
from program import Portero, wait_until
from upstream import Echo

APP = "secure.localhost"


@pytest.fixture
def authority(tmp_path):
    folder = tmp_path / "authority"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def start(tmp_path):
    """Starts a Portero in front of an application over TLS on `port`, with `more` keys."""
    started = []

    def start(port: int, more: str) -> Portero:
        folder = tmp_path / f"portero{len(started)}"
        folder.mkdir()
        app = f'[[app]]\nid = "a"\nhost = "{APP}"\nupstream = ["https://127.0.0.1:{port}"]\naccess = "anyone"\n{more}\n'
        started.append(Portero(folder, app, (APP,)).start())
        return started[-1]

    yield start
    for portero in started:
        assert portero.stop() == 0
        assert "panicked" not in portero.log_text()


def ask(portero):
    headers = [("Host", f"{APP}:{portero.port}"), ("Accept", "*/*")]
    return exchange(portero.port, "POST", "/orders", headers, b"one")


def test_an_application_over_tls_is_served_and_its_authority_may_change(start, authority, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    stranger = Authority(other)
    upstream = Echo(authority.certify("app", "127.0.0.1"))
    trusted = shutil.copy(authority.ca, tmp_path / "trusted.pem")
    try:
        portero = start(upstream.port, f'ca = "{trusted}"')
        assert ask(portero).json()["body"] == "one"
        shutil.copy(stranger.ca, trusted)
        refused = wait_until("the stranger to be trusted instead", lambda: (r := ask(portero)).status != 200 and r)
        assert refused.status == 502
        line = next(line for line in portero.log_text().splitlines() if "upstream_tls" in line)
        assert "signed by nobody who is trusted here; name the authority that signed it" in line
        (tmp_path / "trusted.pem").write_text("nothing", "utf-8")
        wait_until("the fault in the log", lambda: "holds no certificate in PEM" in portero.log_text())
        shutil.copy(authority.ca, trusted)
        wait_until("the authority to be trusted again", lambda: ask(portero).status == 200)
    finally:
        upstream.close()


def test_a_certificate_that_openssl_signed_with_itself_is_trusted_where_it_is_named(start, tmp_path):
    cert, key = tmp_path / "self.pem", tmp_path / "self.key"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=app.internal -addext subjectAltName=DNS:app.internal"
    subprocess.run([*command.split(), "-keyout", key, "-out", cert], check=True, capture_output=True)
    upstream = Echo((cert, key))
    try:
        assert ask(start(upstream.port, f'ca = "{cert}"\nserver_name = "app.internal"')).status == 200
        nameless = start(upstream.port, f'ca = "{cert}"')
        assert ask(nameless).status == 502
        assert "set the application's `server_name` to what it is for" in nameless.log_text()
    finally:
        upstream.close()


def test_a_server_without_tls_behind_https_is_told_apart(start, authority, echo):
    portero = start(echo.port, f'ca = "{authority.ca}"')
    assert ask(portero).status == 502
    assert "write http://" in portero.log_text()


def test_check_reads_the_authorities(authority, tmp_path):
    folder = tmp_path / "portero"
    folder.mkdir()

    def check(ca) -> tuple[int, str]:
        app = f'[[app]]\nid = "a"\nhost = "{APP}"\nupstream = ["https://127.0.0.1:1"]\nca = "{ca}"\n'
        portero = Portero(folder, app)
        lines = portero.config.read_text("utf-8").splitlines()
        self_at = next(number for number, line in enumerate(lines, 1) if line.startswith("ca = "))
        result = portero.run("check")
        return result.returncode, result.stderr.replace(f"{portero.config}:{self_at}:6", "HERE")

    assert check(authority.ca) == (0, "")
    code, err = check(authority.folder / "missing.pem")
    assert code == 1 and err.startswith("HERE: ") and "cannot be read" in err
    _, key = authority.certify("app", "a.test")
    code, err = check(key)
    assert code == 1 and err.startswith("HERE: ") and "holds no certificate in PEM" in err
