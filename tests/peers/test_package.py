"""The units and the Debian package, as systemd and Debian's own tools see them."""

import os
import re
import shutil
import subprocess

import pytest

from program import BINARY, ROOT, free_port, wait_until

UNITS = ROOT / "packaging"


def analyzer() -> str:
    path = shutil.which("systemd-analyze")
    if not path:
        pytest.skip("systemd-analyze is not installed")
    return path


def test_the_units_are_what_systemd_understands(tmp_path):
    # It looks for the program as well, and it is installed nowhere here; for man pages it asks man, which may not be there.
    units = []
    for name in ("portero.service", "portero.socket"):
        text = (UNITS / name).read_text("utf-8").replace("/usr/bin/portero", str(BINARY))
        (tmp_path / name).write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.M), encoding="utf-8")
        units.append(tmp_path / name)
    result = subprocess.run([analyzer(), "verify", *units], capture_output=True, text=True, timeout=60, check=False)
    about_ours = [line for line in result.stderr.splitlines() if "portero" in line]
    assert (result.returncode, about_ours) == (0, []), result.stderr


def test_the_service_is_exposed_no_more_than_it_has_to_be():
    command = [analyzer(), "security", "--offline=true", "--no-pager", "--threshold=20", UNITS / "portero.service"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if "unrecognized option" in result.stderr:
        pytest.skip("this systemd-analyze judges no unit that is not installed")
    assert result.returncode == 0, f"more than 2.0:\n{result.stdout[-300:]}{result.stderr}"


def test_the_package_installs_runs_and_goes():
    result = subprocess.run(
        [ROOT / "tests" / "package" / "run", BINARY], capture_output=True, text=True, timeout=900, check=False
    )
    told = result.stdout + result.stderr
    if result.returncode == 77:
        pytest.skip(told.strip().splitlines()[-1])
    assert result.returncode == 0, told[-6000:]


def test_the_file_system_of_the_container_is_all_that_it_needs(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can change the root directory")
    root = tmp_path / "root"
    subprocess.run([ROOT / "packaging" / "container" / "assemble", BINARY, root], check=True, timeout=60)
    store, config = root / "var/lib/portero", root / "etc/portero/config.toml"
    os.chown(store, 65532, 65532)
    command = ["chroot", "--userspec=65532:65532", root, "/usr/bin/portero"]

    def portero(*arguments: str) -> subprocess.CompletedProcess:
        line = [*command, *arguments, "--config", "/etc/portero/config.toml"]
        return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)

    assert portero("check").returncode == 0, "the configuration as it is shipped"
    text = config.read_text("utf-8").replace("0.0.0.0:8080", f"127.0.0.1:{free_port()}")
    config.write_text(text.replace("127.0.0.1:9400", f"127.0.0.1:{free_port()}"), encoding="utf-8")
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([*command, "run", "--config", "/etc/portero/config.toml"], stdout=log, stderr=log)
    try:
        wait_until("it to be well", lambda: portero("health").returncode == 0)
        added = portero("org", "add", "acme", "--name", "Acme")
        assert added.returncode == 0, added.stderr
    finally:
        process.terminate()
        assert process.wait(20) == 0, (tmp_path / "log").read_text("utf-8")
