"""The units and the Debian package, as systemd and Debian's own tools see them."""

import re
import shutil
import subprocess

import pytest

from program import BINARY, ROOT

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
