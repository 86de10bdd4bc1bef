"""The signed assertion, verified by the libraries that applications use: PyJWT and npm's jose."""

import base64
import json
import subprocess
import time
import urllib.request

import jwt
import pytest

from conftest import INTRANET, SHOP
from program import ROOT
from upstream import header

VERIFIER = ROOT / "tests" / "browser" / "verify_assertion.mjs"


def jwks_address(portero) -> tuple[str, str]:
    """Where the keys are, and the Host to ask for: names below localhost are not resolved everywhere."""
    return f"http://127.0.0.1:{portero.port}/_portero/jwks.json", f"{portero.portal_host}:{portero.port}"


def issuer(portero) -> str:
    return f"{portero.origin}/_portero"


def pyjwt(portero, token: str, audience: str = "shop") -> tuple[dict, dict]:
    """Header and claims, verified by PyJWT with keys fetched anew."""
    url, host = jwks_address(portero)
    key = jwt.PyJWKClient(url, headers={"Host": host}).get_signing_key_from_jwt(token)
    claims = jwt.decode(
        token,
        key,
        algorithms=["ES256"],
        audience=audience,
        issuer=issuer(portero),
        options={"require": ["exp", "iat", "sub", "jti", "aud", "iss"]},
    )
    return jwt.get_unverified_header(token), claims


def jose(portero, token: str, audience: str = "shop") -> dict:
    url, host = jwks_address(portero)
    result = subprocess.run(
        ["node", VERIFIER, url, host, issuer(portero), audience],
        input=token,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(result.stdout)


def assertion(portero, browser, host=SHOP) -> str:
    return header(browser.get(portero.at(host, "/who")).response.json(), "X-Portero-Assertion")


@pytest.fixture(scope="module")
def ana(house):
    account = house.person(name="Ana Martínez", apps=("shop",), groups=("staff", "audit"), emails=("ana@acme.test",))
    browser, _ = house.portero.sign_in(account, url=house.portero.at(SHOP, "/"))
    return account, browser


def test_the_assertion_says_what_was_promised_in_the_promised_types(house, ana):
    account, browser = ana
    token = assertion(house.portero, browser)
    head, claims = pyjwt(house.portero, token)
    assert head["alg"] == "ES256" and head["typ"] == "assertion+jwt" and head["kid"]
    now = time.time()
    assert claims["iss"] == issuer(house.portero) and claims["aud"] == "shop"
    assert all(isinstance(claims[name], int) for name in ("iat", "exp", "auth_time"))
    assert claims["iat"] <= now + 1 and now < claims["exp"] <= now + 5 * 60 + 1 and claims["auth_time"] <= now + 1
    assert claims["preferred_username"] == account.split("/")[1] and claims["name"] == "Ana Martínez"
    assert claims["email"] == "ana@acme.test" and claims["org"] == "acme"
    assert sorted(claims["groups"]) == ["audit", "staff"] and claims["amr"] == ["pwd"]
    assert all(isinstance(claims[name], str) and claims[name] for name in ("sub", "jti", "sid"))
    assert account.split("/")[1] not in claims["sub"], "sub is opaque"


def test_node_verifies_it_too(house, ana):
    _, browser = ana
    token = assertion(house.portero, browser)
    verified = jose(house.portero, token)
    assert verified["claims"] == pyjwt(house.portero, token)[1]


def test_a_person_without_groups_has_an_empty_list(house):
    browser, _ = house.portero.sign_in(house.person(apps=("shop",)), url=house.portero.at(SHOP, "/"))
    _, claims = pyjwt(house.portero, assertion(house.portero, browser))
    assert claims["groups"] == []


def test_each_application_gets_its_own_audience_and_the_same_subject(house, ana):
    _, browser = ana
    shop, intranet = assertion(house.portero, browser), assertion(house.portero, browser, INTRANET)
    theirs = pyjwt(house.portero, intranet, "intranet")[1]
    assert theirs["sub"] == pyjwt(house.portero, shop)[1]["sub"]
    with pytest.raises(jwt.InvalidAudienceError):
        pyjwt(house.portero, shop, "intranet")
    assert jose(house.portero, shop, "intranet") == {"refused": "ERR_JWT_CLAIM_VALIDATION_FAILED"}


def test_a_subject_is_for_life(house):
    account = house.person(apps=("shop",))
    subjects = set()
    sessions = set()
    for _ in range(2):
        browser, _ = house.portero.sign_in(account, url=house.portero.at(SHOP, "/"))
        claims = pyjwt(house.portero, assertion(house.portero, browser))[1]
        subjects.add(claims["sub"])
        sessions.add(claims["sid"])
    assert len(subjects) == 1 and len(sessions) == 2


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_tampered_assertion_is_refused(house, ana):
    _, browser = ana
    head, payload, signature = assertion(house.portero, browser).split(".")
    claims = json.loads(decode(payload)) | {"preferred_username": "root"}
    changed = f"{head}.{encode(json.dumps(claims).encode())}.{signature}"
    flipped = bytearray(decode(signature))
    flipped[0] ^= 1
    for token in (changed, f"{head}.{payload}.{encode(bytes(flipped))}"):
        with pytest.raises(jwt.InvalidSignatureError):
            pyjwt(house.portero, token)
        assert jose(house.portero, token) == {"refused": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}


def published(portero) -> dict:
    response = portero.browser().fetch(portero.portal("/jwks.json"))
    assert response.status == 200 and response.media_type in ("application/json", "application/jwk-set+json")
    return response.json()


def test_the_published_keys_hold_nothing_private(house):
    keys = published(house.portero)["keys"]
    assert keys and len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert (
            key["kty"] == "EC" and key["crv"] == "P-256" and key.get("use", "sig") == "sig" and key.get("alg", "ES256") == "ES256"
        )
        assert set(key) <= {"kty", "crv", "x", "y", "kid", "use", "alg", "key_ops"}
        assert len(decode(key["x"])) == len(decode(key["y"])) == 32


def test_after_a_rotation_new_assertions_have_the_new_key_and_old_ones_still_verify(lone):
    house = lone()
    portero = house.portero
    account = house.person(apps=("shop",))
    browser, _ = portero.sign_in(account, url=portero.at(SHOP, "/"))
    old = assertion(portero, browser)
    portero.cli("key", "rotate")
    again, _ = portero.sign_in(account, url=portero.at(SHOP, "/"))
    new = assertion(portero, again)
    old_kid, new_kid = pyjwt(portero, old)[0]["kid"], pyjwt(portero, new)[0]["kid"]
    assert old_kid != new_kid
    assert {old_kid, new_kid} <= {key["kid"] for key in published(portero)["keys"]}
    assert jose(portero, old)["header"]["kid"] == old_kid and jose(portero, new)["header"]["kid"] == new_kid
    portero.restart()
    assert pyjwt(portero, old)[0]["kid"] == old_kid, "a restart forgets no key"
    assert new_kid in portero.cli("key", "list")


def test_the_keys_may_be_cached_and_read_by_anybody(house):
    url, host = jwks_address(house.portero)
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host}), timeout=10) as response:
        assert response.status == 200
        assert "set-cookie" not in response.headers
