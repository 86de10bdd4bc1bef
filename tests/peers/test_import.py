"""Users taken in from a file, with the hashes that other systems made."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from conftest import SHOP

WORD = "Mañana#42"


def _adapted(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=").replace("+", ".")


def _pbkdf2(name: str, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac(name, WORD.encode(), salt, rounds)


# All of the same word: made by Apache's htpasswd, by openssl passwd, by libcrypt, and here.
HASHES = {
    "bcrypt2y": "$2y$05$XJnvlVpJFHGwoUXTFXXtiOC9iGs6rMw..RYhMLs3A6jN7b5DbFWHK",
    "bcrypt2b": "$2b$05$abcdefghijklmnopqrstuuHZpvB32Oy42t2k7E0rxE0TOCj8djbLm",
    "apr1": "$apr1$nCoRNC71$gcd/LdbJdbEOp4xjLGPmt/",
    "sha256crypt": "$5$saltstring$QUxBhqldqMiOkPn9ZGeSHHtENJ44f89zh7hSHcLJT52",
    "sha512crypt": "$6$saltstring$02qGkeoNKMsyNW/P5cvZbvhz3zDiaEVC7rZsHpVc/0xQ1M0qu5AkBI7dtGWM4LIpuXc4fpFV1rxEHYKPVhtyJ0",
    "sha": "{SHA}" + base64.b64encode(hashlib.sha1(WORD.encode()).digest()).decode(),
    "ssha": "{SSHA}" + base64.b64encode(hashlib.sha1(WORD.encode() + b"saltsalt").digest() + b"saltsalt").decode(),
    "passlib": f"$pbkdf2-sha256$29000${_adapted(b'sixteen bytes ok')}${_adapted(_pbkdf2('sha256', b'sixteen bytes ok', 29000))}",
    "django": f"pbkdf2_sha256$26000$NaClNaCl${base64.b64encode(_pbkdf2('sha256', b'NaClNaCl', 26000)).decode()}",
}


def users(portero) -> list[str]:
    return [user["username"] for user in portero.cli_json("user", "list")]


def stored_hashes(portero) -> dict[str, str]:
    lines = [json.loads(line) for line in portero.cli("export", "-").splitlines()]
    people = [line["record"] for line in lines if line.get("kind") == "user"]
    return {user["username"]: user["password"]["hash"] for user in people}


def csv_of(folder, rows, heading="username,name,email,applications,password_hash") -> str:
    path = folder / "people.csv"
    path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return str(path)


def test_people_sign_in_with_the_passwords_they_had_and_are_hashed_anew(lone, tmp_path):
    portero = lone().portero
    rows = [f"{name},The {name},{name}@acme.test,shop,{hash}" for name, hash in HASHES.items()]
    told = portero.cli_json("user", "import", csv_of(tmp_path, rows), "--organization", "acme")
    assert (told["users"], told["without_password"], told["applications"]) == (len(HASHES), 0, ["shop"])
    assert stored_hashes(portero) == HASHES
    for name in HASHES:
        refused = portero.try_sign_in(portero.browser(), f"acme/{name}", "Manana#42")
        assert refused.status == 401
        _, page = portero.sign_in(f"acme/{name}", WORD, url=portero.at(SHOP, "/orders"))
        assert page.response.json()["target"] == "/orders"
    now = stored_hashes(portero)
    assert all(hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for hash in now.values()), now
    portero.sign_in("acme/apr1", WORD)
    assert stored_hashes(portero) == now, "once"


def test_a_file_of_apache_is_taken_in(lone, tmp_path):
    portero = lone().portero
    path = tmp_path / ".htpasswd"
    path.write_text(f"# old\nana:{HASHES['bcrypt2y']}\nleo:{HASHES['sha']}\n", encoding="utf-8")
    portero.cli("user", "import", str(path), "--format", "htpasswd", "--organization", "acme")
    portero.sign_in("acme/ana", WORD)
    portero.sign_in("acme/leo", WORD)


@pytest.mark.parametrize("running", [True, False])
def test_every_fault_is_told_with_file_and_line_and_nothing_is_taken_in(lone, tmp_path, running):
    portero = lone().portero
    portero.add_user("acme/ana")
    if not running:
        portero.stop()
    path = csv_of(tmp_path, ["zoe,,z@acme.test,,", "a b,,nobody,,", "ana,,,,", "leo,,,,plain-text", "zoe,,,,"])
    for flags in ([], ["--dry-run"]):
        result = portero.run("user", "import", path, "--organization", "acme", *flags)
        lines = [line for line in result.stderr.splitlines() if line.startswith(path)]
        assert result.returncode == 1 and result.stdout == ""
        assert [int(line[len(path) + 1 :].split(":")[0]) for line in lines] == [3, 3, 4, 5, 6], result.stderr
        assert "plain-text" not in result.stderr
    assert users(portero) == ["ana"]
    good = csv_of(tmp_path, ["zoe,,,,", "leo,,,,"])
    assert portero.cli_json("user", "import", good, "--organization", "acme", "--dry-run")["users"] == 2
    assert users(portero) == ["ana"]
    portero.cli("user", "import", good, "--organization", "acme")
    assert users(portero) == ["ana", "leo", "zoe"]


def test_a_file_larger_than_any_request_is_taken_in_while_portero_runs_and_spread_over_a_month(lone, tmp_path):
    # E6
    portero = lone().portero
    rows = [f"user{number:05},Somebody Called {number},user{number:05}@acme.test,shop,{HASHES['apr1']}" for number in range(4000)]
    path = csv_of(tmp_path, rows)
    assert portero.cli_json("user", "import", path, "--organization", "acme")["users"] == 4000
    assert len(users(portero)) == 4000
    assert portero.cli_json("user", "list", "--expiring", "59d") == []
    told = portero.cli_json("user", "spread-expiry", "acme", "--over", "30d")
    assert (told["moved"], told["left"]) == (4000, 0)
    expiring = portero.cli_json("user", "list", "--expiring", "60d")
    days = [user["days"] for user in expiring]
    assert len(days) == 4000 and days == sorted(days) and set(days) >= set(range(31, 61))
    assert max(days.count(day) for day in set(days)) < 200
    assert portero.run("user", "import", path, "--organization", "acme").returncode == 1
    portero.sign_in("acme/user03999", WORD)


# A5
def test_what_is_exported_is_taken_in_elsewhere(lone, tmp_path):
    here, there = lone(), lone()
    here.portero.add_user("acme/eva", emails=["eva@acme.test", "e@home.test"], groups=["staff"])
    here.portero.add_user("acme/leo", role="admin")
    here.portero.cli("user", "deactivate", "acme/leo")
    table = here.portero.cli("user", "export", "acme")
    assert "argon2" not in table and "other/" not in table
    file = tmp_path / "people.csv"
    file.write_text(table)
    there.portero.cli("user", "import", str(file))
    known = ("username", "name", "emails", "role", "status", "groups", "applications")
    for account in ("acme/eva", "acme/leo"):
        one, other = (house.portero.cli_json("user", "show", account) for house in (here, there))
        assert {key: one[key] for key in known} == {key: other[key] for key in known}
    assert there.portero.cli("user", "export", "acme") == table
    assert len(here.portero.cli("user", "export", "acme", "--json").splitlines()) == 2


def test_a_temporary_password_is_told_at_the_machine_where_nobody_can_be_written_to(lone):
    portero = lone().portero
    portero.cli("user", "add", "acme/root", "--name", "Root", "--role", "operator")
    told = portero.cli_json("user", "recover", "acme/root", "--print")
    page = portero.try_sign_in(portero.browser(), "acme/root", told["temporary_password"])
    assert page.path == "/_portero/password"
    again = portero.cli("user", "recover", "acme/root", "--print")
    assert "temporary password" in again and told["temporary_password"] not in again
    event = json.loads(portero.cli("audit", "--json").splitlines()[-1])
    assert (event["action"], event["note"]) == ("request_temporary_password", "told at the machine")
