"""A mail server (aiosmtpd) with STARTTLS and sign-in, whose mood the test sets, and the authority that vouches for it."""

from __future__ import annotations

import datetime
import email
import email.policy
import ipaddress
import pathlib
import ssl

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USERNAME, PASSWORD = "portero", "Correo#Seguro2026"


class Authority:
    """Makes a certificate for `localhost`, and the file that says whom to trust."""

    def __init__(self, folder: pathlib.Path, name: str = "authority", *, expired: bool = False) -> None:
        now = datetime.datetime.now(datetime.UTC)
        leaf_ends = now - datetime.timedelta(hours=1) if expired else now + datetime.timedelta(365)
        root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Test {name}")])

        def certificate(subject, public_key):
            builder = x509.CertificateBuilder().subject_name(subject).issuer_name(root_name).public_key(public_key)
            builder = builder.serial_number(x509.random_serial_number())
            ends = now + datetime.timedelta(365) if subject == root_name else leaf_ends
            return builder.not_valid_before(now - datetime.timedelta(1)).not_valid_after(ends)

        constraints = x509.BasicConstraints(ca=True, path_length=None)
        root = certificate(root_name, root_key.public_key()).add_extension(constraints, True).sign(root_key, hashes.SHA256())
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        leaf = (
            certificate(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]), key.public_key())
            .add_extension(x509.SubjectAlternativeName(names), False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
            .sign(root_key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        self.trust = folder / f"{name}.pem"
        self.trust.write_bytes(root.public_bytes(pem))
        self.chain = folder / f"{name}-server.pem"
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self.chain.write_bytes(leaf.public_bytes(pem) + private)


class MailServer:
    """Accepts messages into `messages`. `answer`, if set, is what it says to every recipient instead; `to_sender`, to every
    sender; `to_message`, to every message."""

    def __init__(self, authority: Authority, port: int, *, address: str = "127.0.0.1") -> None:
        self.port = port
        self.address = address
        self.to_sender: str | None = None
        self.to_message: str | None = None
        self.messages: list[email.message.EmailMessage] = []
        self.answer: str | None = None
        self.recipients: list[str] = []
        self.tried_passwords: list[str] = []
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(authority.chain)
        self._controller: Controller | None = None

    def start(self) -> MailServer:
        self._controller = Controller(
            self,
            hostname=self.address,
            port=self.port,
            tls_context=self._context,
            require_starttls=True,
            authenticator=self._authenticate,
            auth_required=True,
            auth_require_tls=True,
        )
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def _authenticate(self, _server, _session, _envelope, _mechanism, data) -> AuthResult:
        self.tried_passwords.append(data.password.decode())
        good = data.login.decode() == USERNAME and data.password.decode() == PASSWORD
        return AuthResult(success=good, handled=good)

    async def handle_MAIL(self, _server, _session, envelope, address, options):  # noqa: N802
        if self.to_sender:
            return self.to_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, options):  # noqa: N802
        self.recipients.append(address)
        if self.answer:
            return self.answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        if self.to_message:
            return self.to_message
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"
