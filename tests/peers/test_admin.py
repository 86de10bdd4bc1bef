"""Administration over the web: who may do what to whom, and what an administrator can find out and mend."""

from __future__ import annotations

import email
import email.policy
import json
import re
import socket
import time
import urllib.parse

import pytest

from mail_server import PASSWORD as MAIL_PASSWORD
from mail_server import USERNAME as MAIL_USERNAME
from mail_server import Authority, MailServer
from program import PASSWORD, free_port, wait_until

STAFF = {
    "acme/ada": "user",
    "acme/boss": "admin",
    "acme/olga": "operator",
    "norte/jefa": "admin",
    "norte/ana": "user",
    "norte/oper": "operator",
    "sala/sol": "user",
    "zeta/zoe": "admin",
    "zeta/zed": "user",
}


class Office:
    """acme above norte above sala, zeta beside them, and people in each; they are signed in once."""

    def __init__(self, portero) -> None:
        self.portero = portero
        self._browsers = {}
        for key, parent in (("acme", None), ("norte", "acme"), ("sala", "norte"), ("zeta", None)):
            portero.add_org(key, parent=parent)
        for account, role in STAFF.items():
            portero.add_user(account, role=role, apps=["shop"], emails=[f"{account.replace('/', '.')}@example.test"])

    def at(self, path: str, **parameters: str) -> str:
        query = urllib.parse.urlencode(parameters)
        return self.portero.portal(f"/admin{path}") + (f"?{query}" if query else "")

    def of(self, account: str):
        """The browser of somebody who is signed in."""
        if account not in self._browsers:
            self._browsers[account] = self.portero.sign_in(account)[0]
        return self._browsers[account]

    def show(self, who: str, path: str, **parameters: str):
        return self.of(who).get(self.at(path, **parameters))

    def token(self, who: str) -> str:
        """A token that the person's own pages carry: attacks come with all that an attacker really has."""
        key = who.split("/", 1)[0]
        return self.show(who, "/organization", key=key).form_to("/organization").fields["csrf"]

    def post(self, who: str, path: str, form: dict, *, follow: bool = False, **parameters: str):
        data = {"csrf": self.token(who), **form}
        return self.of(who).post(self.at(path, **parameters), data, origin=self.portero.origin, follow=follow)

    def user(self, account: str) -> dict:
        shown = self.portero.cli_json("user", "show", account)
        # Written behind: it may change while the test looks.
        del shown["last_active_at"]
        return shown

    def mails(self) -> list[email.message.EmailMessage]:
        folder = self.portero.folder / "outbox"
        files = sorted(folder.glob("*.eml")) if folder.exists() else []
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.portero.cli("audit", "--json").splitlines()]


@pytest.fixture
def office(lone):
    return Office(lone(organizations=()).portero)


def forms_of_attack(account: str) -> list[tuple[str, dict, dict]]:
    """Every form that acts on a user."""
    user = {"user": account}
    acts = ("activate", "deactivate", "unlock", "recover", "end-sessions")
    return [
        *(("/user", {"act": act}, user) for act in acts),
        ("/user/edit", {"name": "Mallory", "role": "user", "groups": ""}, user),
        ("/user/emails", {"emails": "mallory@example.test", "why": "because"}, user),
        ("/user/remove", {}, user),
    ]


def without_number(words: str) -> str:
    """A page without the number of its request."""
    return re.sub(r"number: \S+", "", words)


# A1
def test_nobody_but_administrators_sees_administration(office):
    portero = office.portero
    stranger = portero.browser().get(office.at("/"))
    assert stranger.path == "/_portero/login" and stranger.has_form_with("password")
    ana = office.of("norte/ana")
    assert "Administration" not in ana.get(portero.portal("/portal")).words
    for path in ("/", "/users?key=norte", "/user?user=norte/ana", "/organization?key=norte", "/audit", "/user/new?key=norte"):
        assert ana.get(portero.portal("/admin" + path)).status == 403, path
    for account in ("norte/jefa", "acme/olga"):
        links = [link.get("href") for link in office.of(account).get(portero.portal("/portal")).links]
        assert "/_portero/admin/" in links
    assert ana.get(portero.at("shop.localhost", "/_portero/admin/")).status == 404


# A1
def test_an_admin_sees_the_branch_and_an_operator_everything(office):
    jefa = office.show("norte/jefa", "/")
    assert jefa.status == 200
    keys = {urllib.parse.parse_qs(urllib.parse.urlsplit(link["href"]).query).get("key", [""])[0] for link in jefa.links}
    assert keys - {""} == {"norte", "sala"}
    keys = {
        urllib.parse.parse_qs(urllib.parse.urlsplit(link["href"]).query).get("key", [""])[0]
        for link in office.show("acme/olga", "/").links
    }
    assert keys - {""} == {"acme", "norte", "sala", "zeta"}


# A1
@pytest.mark.parametrize("target", ["acme/ada", "acme/boss", "acme/olga", "zeta/zed", "zeta/zoe", "zeta/nobody"])
def test_what_lies_outside_the_branch_is_answered_as_if_it_were_not_there(office, target):
    nothing = office.show("norte/jefa", "/user", user="nowhere/nobody")
    before = office.user(target) if target != "zeta/nobody" else None
    for path in ("/user", "/user/edit", "/user/emails", "/user/remove"):
        answer = office.show("norte/jefa", path, user=target)
        assert answer.status == 404 and without_number(answer.words) == without_number(nothing.words), path
    assert office.show("norte/jefa", "/audit", user=target).status == 404
    for path, form, parameters in forms_of_attack(target):
        assert office.post("norte/jefa", path, form, **parameters).status == 404, (path, form)
    if before:
        assert office.user(target) == before
    refused = [event for event in office.events() if event["reason"] == "not_allowed"]
    assert refused and all(event["actor"] == "admin norte/jefa" for event in refused)


# A1
def test_nobody_reaches_above_the_own_role(office):
    before = office.user("norte/oper")
    for path, form, parameters in forms_of_attack("norte/oper"):
        assert office.post("norte/jefa", path, form, **parameters).status == 403, (path, form)
    assert office.user("norte/oper") == before
    promote = {"name": "Ana", "role": "operator", "groups": "", "app-shop": "1"}
    assert office.post("norte/jefa", "/user/edit", promote, user="norte/ana").status == 403
    assert office.user("norte/ana")["role"] == "user"
    new = {"username": "evil", "name": "Evil", "email": "e@example.test", "role": "operator", "groups": ""}
    assert office.post("norte/jefa", "/user/new", new, key="norte").status == 403
    assert office.post("norte/jefa", "/user/new", {**new, "role": "user"}, key="acme").status == 404
    assert office.post("norte/jefa", "/organization/new", {"key": "evil", "name": "Evil"}).status == 403
    assert office.post("norte/jefa", "/organization/new", {"key": "evil", "name": "Evil"}, key="zeta").status == 404


# A1
def test_nobody_promotes_or_mends_themselves(office):
    before = office.user("norte/jefa")
    for form in ({"role": "operator"}, {"role": "user"}, {"role": "admin", "groups": "staff"}):
        filled = {"name": "Jefa", "role": "admin", "groups": "", "app-shop": "1", **form}
        assert office.post("norte/jefa", "/user/edit", filled, user="norte/jefa").status in (403, 422)
    for path, form in (
        ("/user/emails", {"emails": "x@example.test", "why": "me"}),
        ("/user", {"act": "deactivate"}),
        ("/user/remove", {}),
    ):
        assert office.post("norte/jefa", path, form, user="norte/jefa").status == 422, path
    assert office.user("norte/jefa") == before


# A1
def test_a_right_that_was_taken_away_is_gone_at_the_next_request(office):
    token = office.token("norte/jefa")
    office.portero.cli("user", "edit", "norte/jefa", "--role", "user")
    browser = office.of("norte/jefa")
    answer = browser.post(
        office.at("/user", user="norte/ana"), {"csrf": token, "act": "deactivate"}, origin=office.portero.origin, follow=False
    )
    assert answer.status in (303, 401, 403)
    assert office.user("norte/ana")["status"] == "active"


# rule 4
def test_forms_are_taken_from_the_own_pages_only(office):
    jefa = office.of("norte/jefa")
    address = office.at("/user", user="norte/ana")
    for token in ("", "forged", office.token("acme/boss")):
        answer = jefa.post(address, {"csrf": token, "act": "deactivate"}, origin=office.portero.origin, follow=False)
        assert answer.status == 422
    own = {"csrf": office.token("norte/jefa"), "act": "deactivate"}
    assert jefa.post(address, own, origin="https://evil.example", site="cross-site", follow=False).status == 403
    assert office.user("norte/ana")["status"] == "active"


# A5
def test_a_user_is_invited_and_nobody_else_learns_the_password(office):
    page = office.show("norte/jefa", "/user/new", key="sala")
    form = page.form_with("username")
    assert form.fields["role"] == "user"
    values = {"username": "Nueva", "name": "Nueva Persona", "email": "nueva@example.test"}
    answer = office.of("norte/jefa").submit(page, form, values)
    assert answer.path == "/_portero/admin/user", answer.words
    [invitation] = wait_until("the invitation", lambda: [mail for mail in office.mails() if "nueva@" in mail["To"]])
    text = invitation.get_body(("plain",)).get_content()
    assert "sala" in text.lower() and "nueva" in text
    secret = next(line for line in text.splitlines() if "password" in line.lower() and ":" in line).split(":", 1)[1].strip()
    assert len(secret) == 16 and secret not in answer.text
    assert office.user("sala/nueva")["temporary_password"]["tries_left"] == 5
    again = office.of("norte/jefa").submit(page, form, values)
    assert again.status == 422 and "taken" in again.words


# A2, A5
def test_an_account_is_closed_opened_and_explained(office):
    ana, _ = office.portero.sign_in("norte/ana")
    page = office.show("norte/jefa", "/user", user="norte/ana")
    assert "Nothing is wrong" in page.words and "127." in page.words
    done = office.post("norte/jefa", "/user", {"act": "deactivate"}, follow=True, user="norte/ana")
    assert "deactivated" in done.words and "An administrator deactivated the account" in done.words
    assert ana.get(office.portero.portal("/portal")).path == "/_portero/login"
    done = office.post("norte/jefa", "/user", {"act": "activate"}, follow=True, user="norte/ana")
    assert "Nothing is wrong" in done.words
    office.portero.sign_in("norte/ana")
    done = office.post("norte/jefa", "/user", {"act": "end-sessions"}, follow=True, user="norte/ana")
    assert "None." in done.words


# A2
def test_addresses_are_set_with_a_reason_and_the_old_ones_are_warned(office):
    form = {"emails": "area@example.test, ana2@example.test", "why": ""}
    refused = office.post("norte/jefa", "/user/emails", form, user="norte/ana")
    assert refused.status == 422 and "say why" in refused.words.lower()
    form["why"] = "Her mailbox was closed"
    done = office.post("norte/jefa", "/user/emails", form, follow=True, user="norte/ana")
    assert "the old ones are warned" in done.words and "Her mailbox was closed" in done.words
    assert office.user("norte/ana")["emails"] == ["area@example.test", "ana2@example.test"]
    [warning] = wait_until("the warning", lambda: [mail for mail in office.mails() if "norte.ana@" in mail["To"]])
    assert "area@example.test" in warning.get_body(("plain",)).get_content()


# A2
def test_a_recovery_is_started_without_the_administrator_learning_anything(office):
    done = office.post("norte/jefa", "/user", {"act": "recover"}, follow=True, user="norte/ana")
    assert "on its way" in done.words and "Temporary password, valid until" in done.words
    [mail] = wait_until("the mail", lambda: [mail for mail in office.mails() if "norte.ana@" in mail["To"]])
    body = mail.get_body(("plain",)).get_content()
    secret = next(line.strip() for line in body.splitlines() if len(line.strip()) == 16 and " " not in line.strip())
    assert secret not in done.text and secret not in office.show("norte/jefa", "/user", user="norte/ana").text
    page = office.portero.try_sign_in(office.portero.browser(), "norte/ana", secret)
    assert page.path == "/_portero/password"


# A5
def test_rights_are_edited_within_what_there_is(office):
    form = {"name": "Ana Nueva", "role": "admin", "groups": "", "app-shop": "1"}
    done = office.post("norte/jefa", "/user/edit", form, follow=True, user="norte/ana")
    assert done.path == "/_portero/admin/user", done.words
    user = office.user("norte/ana")
    assert (user["name"], user["role"], user["applications"]) == ("Ana Nueva", "admin", ["shop"])
    refused = office.post("norte/jefa", "/user/edit", {**form, "groups": "treasury"}, user="norte/ana")
    assert refused.status == 422 and "groups" in refused.words
    office.post("norte/jefa", "/user/edit", {**form, "app-vault": "1"}, user="norte/ana")
    assert office.user("norte/ana")["applications"] == ["shop"]


# A5
def test_users_are_found_by_what_is_known_of_them_and_shown_in_pages(office):
    lines = ["norte/ana", *(f"sala/p{number:03}" for number in range(60))]
    for account in lines[1:]:
        office.portero.add_user(account, password=None)
    first = office.show("norte/jefa", "/users", key="sala")
    found = [link for link in first.links if "/admin/user?" in link.get("href", "")]
    assert len(found) == 50
    more = next(link for link in first.links if "after=" in link.get("href", ""))
    second = office.of("norte/jefa").get(urllib.parse.urljoin(first.url, more["href"]))
    rest = [link for link in second.links if "/admin/user?" in link.get("href", "")]
    assert len(rest) == 11 and not {link["href"] for link in found} & {link["href"] for link in rest}
    searched = office.show("norte/jefa", "/users", key="sala", q="P05")
    assert len([link for link in searched.links if "/admin/user?" in link.get("href", "")]) == 10
    office.portero.cli("user", "edit", "sala/p007", "--name", "Íñigo García-Nuño")
    office.portero.cli("user", "set-email", "sala/p008", "Inigo.B@sur.example", "other@sur.example")
    office.portero.cli("user", "edit", "sala/p009", "--name", "Inés Igarreta")

    def names(page):
        found = [link["href"] for link in page.links if "/admin/user?" in link.get("href", "")]
        return [urllib.parse.unquote(href).rpartition("/")[2] for href in found]

    for wanted, expected in (
        ("inigo", ["p007", "p008"]),
        ("ÍÑIGO", ["p007", "p008"]),
        ("nuno", ["p007"]),
        ("García, Íñigo", ["p007"]),
        ("i garr", []),
        ("ine iga", ["p009"]),
        ("OTHER@", ["p008"]),
        ("inigo p008", ["p008"]),
    ):
        assert names(office.show("norte/jefa", "/users", key="sala", q=wanted)) == expected, wanted
        listed = office.portero.cli_json("user", "list", "sala", "--search", wanted)
        assert [user["username"] for user in listed] == expected, wanted
    page, seen = office.show("norte/jefa", "/users", key="sala", q="p"), []
    while True:
        seen += names(page)
        # The other language's link keeps the place, too.
        more = [link for link in page.links if "after=" in link.get("href", "") and "lang" not in link]
        if not more:
            break
        assert len(seen) <= 60
        page = office.of("norte/jefa").get(urllib.parse.urljoin(page.url, more[0]["href"]))
    assert seen == [f"p{number:03}" for number in range(60)]
    assert "No user fits" in office.show("norte/jefa", "/users", key="sala", q="zz").words
    assert office.show("norte/jefa", "/users", key="acme").status == 404


# A5
def test_the_trail_is_searched_and_shows_the_branch_alone(office):
    office.post("norte/jefa", "/user", {"act": "unlock"}, user="norte/ana")
    office.portero.cli("user", "unlock", "zeta/zed")
    page = office.show("norte/jefa", "/audit", action="change_user")
    assert "norte/ana" in page.words and "zeta" not in page.words
    assert "zeta/zed" in office.show("acme/olga", "/audit", action="change_user").words
    assert "Nothing found" in office.show("norte/jefa", "/audit", action="change_user", reason="taken").words
    assert office.show("norte/jefa", "/audit", since="soon").status == 422
    office.of("norte/jefa").allowed = office.of("norte/jefa").allowed | {"content-disposition"}
    export = office.of("norte/jefa").fetch(office.at("/audit/export", action="change_user"))
    events = [json.loads(line) for line in export.text.splitlines()]
    assert events and all(event["organization"] == "norte" for event in events)


def test_the_password_is_asked_again_and_leads_nowhere_else(office):
    jefa = office.of("norte/jefa")
    for asked, expected in (
        ("/_portero/admin/users?key=norte", "/_portero/admin/users"),
        ("https://evil.example/", "/_portero/admin/"),
        ("/wiki", "/_portero/admin/"),
        ("/_portero/admin/../login", "/_portero/admin/"),
        ("/_portero/admin/%2e%2E/login", "/_portero/admin/"),
    ):
        page = jefa.get(office.at("/confirm", return_to=asked))
        wrong = jefa.submit(page, page.form_with("password"), {"password": "Wrong#Pass1"})
        assert wrong.status == 401 and "not your password" in wrong.words
        right = jefa.submit(page, page.form_with("password"), {"password": PASSWORD})
        assert right.status == 200 and right.path == expected


# A3
def test_an_organization_settles_its_own_rules(office):
    page = office.show("acme/boss", "/organization/rules", key="norte")
    form = page.form_with("source")
    values = {"csrf": form.fields["csrf"], "source": "own", "method-rescue-code": "1", "question": "yes", "rules": "modern"}
    done = office.of("acme/boss").post(page.url, {**values, "sender-name": "Norte S.A."}, origin=office.portero.origin)
    assert "A rescue code" in done.words and "Norte S.A." in done.words
    shown = office.portero.cli_json("org", "show", "norte")["rules"]
    assert shown == {
        "recovery_methods": ["rescue-code"],
        "question_needs_mailbox": True,
        "password_rules": "modern",
        "sender_name": "Norte S.A.",
    }
    done = office.post("acme/boss", "/organization/rename", {"name": "El Norte"}, follow=True, key="norte")
    assert "El Norte" in done.words
    done = office.post("acme/boss", "/organization/new", {"key": "Nueva1", "name": "Nueva"}, follow=True, key="norte")
    assert "The organization was added" in done.words


# -- mail servers ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def posts(lone, authority, monkeypatch, tmp_path):
    """An office that trusts the authority, and mail servers on demand."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.trust))
    office = Office(lone(organizations=()).portero)
    servers: list[MailServer] = []

    def serve(by: Authority = authority, address: str = "127.0.0.1") -> MailServer:
        servers.append(MailServer(by, free_port(), address=address).start())
        return servers[-1]

    office.serve = serve
    yield office
    for server in servers:
        server.stop()


def server_form(host: str, port: int, **changes: str) -> dict:
    form = {
        "host": host,
        "port": str(port),
        "encryption": "starttls",
        "mail-user": MAIL_USERNAME,
        "mail-password": MAIL_PASSWORD,
        "sender": "portal@acme.test",
    }
    return {**form, **changes}


def settle(office, key: str, form: dict, who: str = "acme/boss") -> None:
    done = office.post(who, "/organization/mail-server", form, key=key)
    assert done.status == 303, done.words


def trial(office, key: str = "acme", who: str = "acme/boss"):
    return office.post(who, "/organization", {"act": "trial"}, key=key)


# A4
def test_a_working_mail_server_says_ok_and_its_password_is_never_shown(posts):
    server = posts.serve()
    settle(posts, "acme", server_form("localhost", server.port))
    answer = trial(posts)
    assert "OK: the server took a message to acme.boss@example.test" in answer.words
    [message] = server.messages
    assert message["To"] == "acme.boss@example.test" and "portal@acme.test" in message["From"]
    for path in ("/organization", "/organization/mail-server"):
        assert MAIL_PASSWORD not in posts.show("acme/boss", path, key="acme").text
    assert MAIL_PASSWORD not in posts.portero.cli("org", "show", "acme", "--json")
    assert MAIL_PASSWORD.encode() not in b"".join(file.read_bytes() for file in posts.portero.data.rglob("*") if file.is_file())
    result = posts.portero.run("org", "mail-test", "acme", "--to", "me@acme.test", "--json")
    assert result.returncode == 0 and json.loads(result.stdout)["trouble"] is None


# A4
def test_every_fault_of_a_mail_server_is_told_precisely(posts, tmp_path):
    refusing = {"sender": posts.serve(), "recipient": posts.serve(), "message": posts.serve()}
    refusing["sender"].to_sender = "550 5.7.1 Sender rejected"
    refusing["recipient"].answer = "550 5.1.1 No such mailbox"
    refusing["message"].to_message = "554 5.6.0 Looks like spam"
    good = posts.serve()
    other = posts.serve(Authority(tmp_path, "other"))
    elsewhere = posts.serve(address="127.0.0.2")
    # The trusted authority is the one that is installed: this one's certificates are judged by it, too.
    for name, form, words in (
        ("dns", server_form("nowhere.invalid", 25), "DNS"),
        ("connect", server_form("127.0.0.1", free_port()), "Nobody answers"),
        ("tls_untrusted", server_form("localhost", other.port), "self-signed"),
        ("tls_name", server_form("127.0.0.2", elsewhere.port), "another name"),
        ("tls", server_form("localhost", good.port, encryption="implicit"), "TLS"),
        ("authentication", server_form("localhost", good.port, **{"mail-password": "Wrong#1"}), "user name and password"),
        ("sender", server_form("localhost", refusing["sender"].port), "sender's address"),
        ("recipient", server_form("localhost", refusing["recipient"].port), "as the recipient"),
        ("message", server_form("localhost", refusing["message"].port), "but not the message"),
    ):
        settle(posts, "acme", form)
        answer = trial(posts)
        assert words in answer.words, (name, answer.words)
        told = posts.portero.run("org", "mail-test", "acme", "--to", "me@acme.test", "--json")
        assert told.returncode == 1 and json.loads(told.stdout)["trouble"]["fault"] == name, told.stdout
    assert "No such mailbox" not in answer.words and "Looks like spam" in answer.words


# A4
def test_whoever_tries_servers_all_the_time_has_to_wait(office):
    settle(office, "acme", server_form("127.0.0.1", free_port(), encryption="none", **{"mail-user": "", "mail-password": ""}))
    answers = [office.post("acme/boss", "/organization", {"act": "trial"}, key="acme") for _ in range(31)]
    assert [answer.status for answer in answers] == [200] * 30 + [429]
    assert int(answers[-1].response.header("retry-after")) > 0


def test_an_expired_certificate_is_named(lone, tmp_path, monkeypatch):
    expired = Authority(tmp_path, "expired", expired=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(expired.trust))
    office = Office(lone(organizations=()).portero)
    server = MailServer(expired, free_port()).start()
    try:
        settle(office, "acme", server_form("localhost", server.port))
        assert "certificate has expired" in trial(office).words
    finally:
        server.stop()


# A4
def test_a_server_that_never_answers_is_given_fifteen_seconds(posts):
    with socket.socket() as hole:
        hole.bind(("127.0.0.1", 0))
        hole.listen()
        settle(posts, "acme", server_form("127.0.0.1", hole.getsockname()[1]))
        began = time.monotonic()
        answer = trial(posts)
        assert "did not answer within 15 seconds" in answer.words
        assert 13 < time.monotonic() - began < 20


# A4
def test_a_password_is_never_sent_to_another_server_than_it_was_typed_for(posts):
    server, trap = posts.serve(), posts.serve()
    settle(posts, "acme", server_form("localhost", server.port))
    kept = server_form("localhost", server.port, **{"mail-password": "", "sender": "other@acme.test"})
    settle(posts, "acme", kept)
    assert "OK:" in trial(posts).words, "the same server keeps its password"
    for changed in (
        {"port": str(trap.port)},
        {"host": "127.0.0.1", "port": str(trap.port)},
        {"mail-user": "somebody"},
        {"encryption": "none"},
    ):
        settle(posts, "acme", server_form("localhost", server.port))
        settle(posts, "acme", {**kept, **changed})
        assert posts.portero.cli_json("org", "show", "acme")["mail_server"]["has_password"] is False
        trial(posts)
    assert trap.tried_passwords == []
    clear = server_form("mail.example.test", 25, encryption="none")
    assert posts.post("acme/boss", "/organization/mail-server", clear, key="acme").status == 422


# A3
def test_mail_goes_out_by_the_nearest_server_up_the_tree_under_its_name(posts):
    client, part = posts.serve(), posts.serve()
    settle(posts, "acme", server_form("localhost", client.port))
    settle(posts, "norte", server_form("localhost", part.port, sender="norte@norte.test"))
    posts.portero.cli("org", "set", "norte", "--sender-name", "El Norte")
    for account in ("acme/ada", "sala/sol", "zeta/zed", "norte/oper"):
        posts.portero.cli("user", "recover", account)
    [message] = wait_until("the client's mail", lambda: client.messages)
    assert message["To"] == "acme.ada@example.test"
    [message] = wait_until("the part's mail", lambda: part.messages)
    assert message["To"] == "sala.sol@example.test" and message["From"] == "El Norte <norte@norte.test>"
    # An operator's mail never passes a server that an organization's admin chooses.
    rest = wait_until("the others", lambda: (mails := posts.mails()) and len(mails) == 2 and mails)
    assert {mail["To"] for mail in rest} == {"zeta.zed@example.test", "norte.oper@example.test"}


# A3
def test_a_client_whose_server_is_down_does_not_hold_up_the_others(posts):
    settle(posts, "acme", server_form("127.0.0.1", free_port()))
    for number in range(30):
        posts.portero.add_user(f"acme/down{number}", password=None, emails=["down@example.test"])
    posts.portero.cli("user", "recover", "zeta/zed")
    wait_until("the others' mail", lambda: [mail for mail in posts.mails() if "zeta.zed@" in mail["To"]], within=10)
