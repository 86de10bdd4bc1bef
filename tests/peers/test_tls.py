"""TLS as others see it: the right certificate for each name, renewal, and what a scanner has to say."""

from __future__ import annotations

import datetime
import socket
import ssl

import pytest

from certificates import Authority
from conftest import SHOP, application
from program import Portero, wait_until
from scrape import Scrape

PORTAL = Portero.portal_host
OTHER = "wiki.other.test"


def pair(cert, key) -> str:
    return f'{{ cert = "{cert}", key = "{key}" }}'


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def front(authority, tmp_path_factory, echo):
    first = authority.certify("first", PORTAL, SHOP)
    second = authority.certify("second", "*.other.test")
    apps = application("shop", f'host = "{SHOP}"', echo.port, access='"anyone"')
    apps += application("wiki", f'host = "{OTHER}"', echo.port, access='"anyone"')
    portero = Portero(tmp_path_factory.mktemp("portero"), apps, (SHOP,), tls=f"[{pair(*first)}, {pair(*second)}]").start()
    yield portero
    assert portero.stop() == 0
    assert "panicked" not in portero.log_text()


def shake(portero, authority, name: str | None, **limits) -> dict:
    """Shakes hands, asking for `name` and trusting the tests' authority alone; what the certificate says."""
    context = ssl.create_default_context(cafile=authority.ca)
    context.check_hostname = name is not None
    for key, value in limits.items():
        setattr(context, key, value)
    with socket.create_connection(("127.0.0.1", portero.port), timeout=20) as plain:
        with context.wrap_socket(plain, server_hostname=name) as stream:
            host = name or PORTAL
            stream.sendall(f"GET / HTTP/1.1\r\nHost: {host}:{portero.port}\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: stream.recv(65536), b""))
            return {
                "names": {name for _, name in stream.getpeercert()["subjectAltName"]},
                "serial": stream.getpeercert()["serialNumber"],
                "version": stream.version(),
                "status": int(answer.split(b" ")[1]),
            }


def test_each_name_gets_the_certificate_that_is_for_it(front, authority):
    for name in (PORTAL, SHOP, SHOP.upper()):
        assert shake(front, authority, name)["names"] == {PORTAL, SHOP}, name
    found = shake(front, authority, OTHER)
    assert found["names"] == {"*.other.test"} and found["status"] == 200
    assert shake(front, authority, None)["names"] == {PORTAL, SHOP}, "nobody asked for"
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(front, authority, "elsewhere.example")


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_both_modern_versions_are_spoken(front, authority, version):
    only = ssl.TLSVersion[version]
    assert shake(front, authority, SHOP, minimum_version=only, maximum_version=only)["version"] == version.replace("_", ".")


def test_renewing_one_certificate_takes_over_both_files_at_once(front, authority):
    before = {name: shake(front, authority, name)["serial"] for name in (SHOP, OTHER)}
    _, key = authority.certify("second", "*.other.test", "late.test")
    renewed = wait_until(
        "the renewed one", lambda: (now := shake(front, authority, OTHER))["serial"] != before[OTHER] and now
    )
    assert renewed["names"] == {"*.other.test", "late.test"}
    assert shake(front, authority, SHOP)["serial"] == before[SHOP]

    private = key.read_text("utf-8")
    authority.certify("first", PORTAL, SHOP)
    key.write_text("no key", "utf-8")
    wait_until("the fault in the log", lambda: "the old ones stay in force" in front.log_text())
    assert shake(front, authority, OTHER)["serial"] == renewed["serial"]
    assert shake(front, authority, SHOP)["serial"] == before[SHOP], "all or none"
    key.write_text(private, "utf-8")
    wait_until("both", lambda: shake(front, authority, SHOP)["serial"] != before[SHOP])


def test_a_changed_configuration_may_name_other_certificates(tmp_path, authority, echo):
    apps = application("shop", f'host = "{SHOP}"', echo.port, access='"anyone"')
    old, new = authority.certify("old", SHOP, PORTAL), authority.certify("new", SHOP, PORTAL, "new.test")
    portero = Portero(tmp_path, apps, tls=pair(*old)).start()
    try:
        text = portero.config.read_text("utf-8")
        portero.config.write_text(text.replace(pair(*old), pair(*new)), "utf-8")
        wait_until("the new one", lambda: "new.test" in shake(portero, authority, SHOP)["names"])
        authority.certify("new", SHOP, PORTAL, "newer.test")
        wait_until("its renewal", lambda: "newer.test" in shake(portero, authority, SHOP)["names"])
    finally:
        assert portero.stop() == 0


def test_an_expired_certificate_does_not_replace_a_valid_one(tmp_path, authority, echo):
    past = datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone.utc)
    apps = application("shop", f'host = "{SHOP}"', echo.port, access='"anyone"')
    portero = Portero(tmp_path, apps, tls=pair(*authority.certify("aging", SHOP, PORTAL))).start()
    try:
        assert f"{PORTAL} {SHOP}" in portero.log_text() or f"{SHOP} {PORTAL}" in portero.log_text()
        before = shake(portero, authority, SHOP)["serial"]
        authority.certify("aging", SHOP, PORTAL, until=past)
        wait_until("the refusal", lambda: "may not replace one that is still valid" in portero.log_text())
        assert "it expired at 2021-01-01T00:00:00Z" in portero.log_text()
        assert shake(portero, authority, SHOP)["serial"] == before
        assert Scrape(portero).get("portero_reload_failed", what="certificate") == 1
        authority.certify("aging", "elsewhere.test")
        wait_until("what check says", lambda: "is for no host that is served here" in portero.log_text())
        assert Scrape(portero).get("portero_reload_failed", what="certificate") == 0
    finally:
        assert portero.stop() == 0


def test_check_reads_the_files_and_says_what_is_wrong_with_them(tmp_path, authority, echo):
    apps = application("shop", f'host = "{SHOP}"', echo.port)
    good, stranger = authority.certify("good", SHOP, PORTAL), authority.certify("stranger", "elsewhere.test")
    past = datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone.utc)
    expired = authority.certify("expired", PORTAL, until=past)

    def check(*pairs) -> tuple[int, str, str]:
        tls = pairs[0] if len(pairs) == 1 else f"[{', '.join(pairs)}]"
        portero = Portero(tmp_path, apps, tls=tls)
        result = portero.run("check")
        return result.returncode, result.stdout, result.stderr.replace(str(portero.config), "FILE")

    assert check(pair(*good)) == (0, f"{tmp_path}/config.toml: in order\n", "")
    code, out, err = check(pair(*good), pair(good[0], stranger[1]))
    assert (code, out) == (1, "")
    place = 3, len(f"tls = [{pair(*good)}, ") + 1
    assert err.startswith(f"FILE:{place[0]}:{place[1]}: the private key in {stranger[1]} does not belong to"), err
    code, _, err = check(pair(*expired), pair(*stranger))
    assert code == 0, "it is served, with a warning"
    assert "FILE:3:8: browsers will not accept the certificate in" in err and "it expired at 2021-01-01T00:00:00Z" in err
    assert "stranger.pem is for no host that is served here" in err and f"no certificate is for {SHOP}" in err
    (tmp_path / "broken.pem").write_text("nothing", "utf-8")
    code, _, err = check(pair(tmp_path / "broken.pem", good[1]))
    assert code == 1 and "broken.pem holds no certificate" in err, err


def test_a_scanner_finds_nothing(front):
    """sslyze: versions, ciphers, and the known weaknesses."""
    sslyze = pytest.importorskip("sslyze", reason="sslyze is not installed")
    command = sslyze.ScanCommand
    wanted = {
        command.SSL_2_0_CIPHER_SUITES,
        command.SSL_3_0_CIPHER_SUITES,
        command.TLS_1_0_CIPHER_SUITES,
        command.TLS_1_1_CIPHER_SUITES,
        command.TLS_1_2_CIPHER_SUITES,
        command.TLS_1_3_CIPHER_SUITES,
        command.TLS_COMPRESSION,
        command.TLS_1_3_EARLY_DATA,
        command.SESSION_RENEGOTIATION,
        command.TLS_FALLBACK_SCSV,
        command.HEARTBLEED,
        command.ROBOT,
        command.OPENSSL_CCS_INJECTION,
        command.ELLIPTIC_CURVES,
        command.TLS_EXTENDED_MASTER_SECRET,
    }
    location = sslyze.ServerNetworkLocation(SHOP, port=front.port, ip_address="127.0.0.1")
    scanner = sslyze.Scanner()
    scanner.queue_scans([sslyze.ServerScanRequest(location, scan_commands=wanted)])
    (result,) = scanner.get_results()
    assert result.connectivity_error_trace is None, result.connectivity_error_trace
    found = result.scan_result
    for one in wanted:
        attempt = getattr(found, one.value)
        assert attempt.status == sslyze.ScanCommandAttemptStatusEnum.COMPLETED, f"{one}: {attempt.error_trace}"

    def accepted(attempt) -> list[str]:
        return [suite.cipher_suite.name for suite in attempt.result.accepted_cipher_suites]

    for old in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"):
        assert accepted(getattr(found, f"{old}_cipher_suites")) == [], old
    assert accepted(found.tls_1_3_cipher_suites)
    for name in accepted(found.tls_1_2_cipher_suites):
        assert name.startswith("TLS_ECDHE_") and ("GCM" in name or "CHACHA20" in name), f"no forward secrecy or no AEAD: {name}"
    assert accepted(found.tls_1_2_cipher_suites)
    assert not found.tls_compression.result.supports_compression
    assert not found.tls_1_3_early_data.result.supports_early_data
    assert not found.session_renegotiation.result.is_vulnerable_to_client_renegotiation_dos
    assert not found.heartbleed.result.is_vulnerable_to_heartbleed
    assert not found.openssl_ccs_injection.result.is_vulnerable_to_ccs_injection
    assert found.robot.result.robot_result.name.startswith("NOT_VULNERABLE"), found.robot.result.robot_result
    assert found.tls_extended_master_secret.result.supports_ems_extension
    curves = {curve.name for curve in found.elliptic_curves.result.supported_curves}
    assert curves <= {"X25519", "secp256r1", "secp384r1", "secp521r1", "X25519MLKEM768"}, curves
