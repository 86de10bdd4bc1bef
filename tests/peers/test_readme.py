"""What the README tells people to write works as it is written."""

import os
import re
import subprocess

import pytest

from conftest import SHOP
from program import BINARY, ROOT, Portero
from upstream import header

README = (ROOT / "README.md").read_text("utf-8")


def block(language: str, holding: str = "") -> str:
    """The README's piece of code in `language` that holds a text."""
    blocks = [code for code in re.findall(rf"```{language}\n(.*?)```", README, re.S) if holding in code]
    assert len(blocks) == 1, f"{len(blocks)} pieces of {language} with {holding!r}"
    return blocks[0]


@pytest.fixture(scope="module")
def assertion(house):
    _, page = house.portero.sign_in(house.person(apps=("shop",)), url=house.portero.at(SHOP, "/"))
    return header(page.response.json(), "X-Portero-Assertion")


def test_its_configuration_is_sound(tmp_path):
    portero = Portero(tmp_path)
    portero.config.write_text(block("toml"), encoding="utf-8")
    result = portero.run("check")
    assert result.returncode == 0, result.stdout + result.stderr


def test_its_commands_work_as_written(tmp_path):
    portero = Portero(tmp_path)
    portero.config.write_text(block("toml"), encoding="utf-8")
    script = f'portero() {{ "$PORTERO" "$@"; }}\nset -e\n{block("sh", "org add")}'
    script = re.sub(r"^cargo build.*$|^portero run.*$", "", script, flags=re.M)
    result = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "ana" in result.stdout


def environment() -> dict[str, str]:
    return {**os.environ, "PORTERO": str(BINARY)}


def localised(code: str, portero) -> str:
    """The piece with this test's address for the README's, and the Host that goes with it."""
    return code.replace("http://localhost:8080", portero.origin)


def test_its_python_verifies_an_assertion(house, assertion):
    portero = house.portero
    code = localised(block("python"), portero)
    # Names below localhost are not resolved everywhere: the address is asked for by number, with the name as Host.
    by_number = (
        f'"http://127.0.0.1:{portero.port}/_portero/jwks.json", headers={{"Host": "{portero.portal_host}:{portero.port}"}}'
    )
    code = code.replace('f"{ISSUER}/jwks.json"', by_number)
    scope: dict = {}
    exec(compile(code, "README.md", "exec"), scope)
    assert scope["who_is_there"](assertion)["org"] == "acme"
    with pytest.raises(scope["jwt"].InvalidTokenError):
        scope["who_is_there"](assertion[:-8] + "AAAAAAAA")


def test_its_javascript_verifies_an_assertion(house, assertion):
    portero = house.portero
    code = localised(block("js"), portero)
    code = code.replace(
        "new URL(`${issuer}/jwks.json`)",
        f"new URL('http://127.0.0.1:{portero.port}/_portero/jwks.json'), {{ headers: {{ host: '{portero.portal_host}:{portero.port}' }} }}",
    )
    code += "\nconsole.log((await whoIsThere(process.env.ASSERTION)).org);\n"
    result = subprocess.run(
        ["node", "--input-type=module", "-"],
        input=code,
        cwd=ROOT / "tests" / "browser",
        env={**environment(), "ASSERTION": assertion},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.stdout.strip() == "acme", result.stderr
