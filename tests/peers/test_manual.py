"""What the manual tells people to write works as it is written."""

import re

import pytest

from conftest import SHOP
from program import ROOT, Portero
from upstream import header

APPLICATIONS = (ROOT / "docs" / "applications.md").read_text("utf-8")


def blocks(language: str, holding: str = "") -> list[str]:
    """The manual's pieces of code in `language` that hold a text; a block in a list is moved to the left."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", APPLICATIONS, re.S | re.M)
    return [re.sub(rf"^{indent}", "", code, flags=re.M) for indent, code in found if holding in code]


def test_its_applications_are_sound(tmp_path):
    configurations = blocks("toml")
    assert len(configurations) == 2
    portero = Portero(tmp_path)
    portal = '[server]\nlisten = "127.0.0.1:8080"\ntrusted_proxies = ["127.0.0.1"]\n[portal]\norigin = "https://login.example.com"\n'
    portero.config.write_text(portal + "".join(configurations), encoding="utf-8")
    result = portero.run("check")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def assertion(house):
    _, page = house.portero.sign_in(house.person(apps=("shop",)), url=house.portero.at(SHOP, "/"))
    return header(page.response.json(), "X-Portero-Assertion")


def test_its_wsgi_middleware_lets_in_whom_portero_names_and_nobody_else(house, assertion):
    (code,) = blocks("python", "class Portero")
    portero = house.portero
    # Names below localhost are not resolved everywhere: the address is asked for by number, with the name as Host.
    by_number = (
        f'"http://127.0.0.1:{portero.port}/_portero/jwks.json", headers={{"Host": "{portero.portal_host}:{portero.port}"}}'
    )
    scope: dict = {}
    exec(compile(code.replace('f"{issuer}/jwks.json"', by_number), "applications.md", "exec"), scope)

    def application(environ, start_response):
        start_response("200 OK", [])
        return [environ["REMOTE_USER"].encode(), environ["portero.claims"]["org"].encode()]

    def ask(audience="shop", **environ) -> tuple[str, list[bytes]]:
        told = []
        middleware = scope["Portero"](application, issuer=f"{portero.origin}/_portero", audience=audience)
        body = middleware({"REMOTE_USER": "root", **environ}, lambda status, headers: told.append(status))
        return told[0], list(body)

    status, body = ask(HTTP_X_PORTERO_ASSERTION=assertion)
    assert (status, body[1]) == ("200 OK", b"acme")
    assert body[0] not in (b"", b"root")
    for refused in (
        {},
        {"HTTP_X_PORTERO_ASSERTION": ""},
        {"HTTP_X_PORTERO_ASSERTION": assertion[:-8] + "AAAAAAAA"},
        {"HTTP_X_PORTERO_ASSERTION": assertion, "audience": "billing"},
    ):
        assert ask(**refused)[0].startswith("401"), refused


def test_it_lists_every_key_of_the_configuration():
    manual = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    listed: dict[str, set[str]] = {}
    for section, table in re.findall(r"^## `\[+([a-z._]+)\]+`\n(.*?)(?=^## |\Z)", manual, re.S | re.M):
        listed[section] = set(re.findall(r"^\| `([a-z_]+)`", table, re.M))
    section, missing = "", []
    for line in (ROOT / "config.toml").read_text("utf-8").splitlines():
        if heading := re.match(r"^#?\[\[?([a-z._]+)\]\]?\s*$", line):
            section = heading[1]
        elif (key := re.match(r"^#?([a-z_]+) = ", line)) and section and key[1] not in listed.get(section, set()):
            missing.append(f"{section}.{key[1]}")
    assert len(listed) > 15 and not missing, missing
