"""A browser without a screen: a cookie jar per host, redirects, forms, and the headers that real browsers send.

It never leaves the hosts it knows: a redirect anywhere else fails the test.
"""

from __future__ import annotations

import dataclasses
import html.parser
import itertools
import re
import urllib.parse

from client import APPLICATION_HEADERS, PORTERO_HEADERS, ProtocolError, Response, exchange

_addresses = itertools.count(1)


def fresh_address() -> str:
    """A loopback address that nobody has used: throttling by client address then never reaches from one test into another."""
    number = next(_addresses)
    return f"127.{10 + number // 60000}.{number // 240 % 250}.{1 + number % 240}"


@dataclasses.dataclass
class Form:
    """A form as a browser would submit it."""

    action: str
    method: str
    # As they stand in the page; a name may come twice.
    pairs: list[tuple[str, str]]
    types: dict[str, str]

    @property
    def fields(self) -> dict[str, str]:
        return dict(self.pairs)

    def filled(self, values: dict[str, str]) -> list[tuple[str, str]]:
        """What is sent when these values were typed."""
        return [(name, values.get(name, value)) for name, value in self.pairs]

    def hidden(self) -> dict[str, str]:
        return {name: value for name, value in self.fields.items() if self.types.get(name) == "hidden"}


class _Forms(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[dict[str, str]] = []
        self.attributes: dict[str, str] = {}
        self.words: list[str] = []
        self._open: Form | None = None
        self._select: str | None = None
        self._silent = 0

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        if tag == "html":
            self.attributes = given
        if tag == "a":
            self.links.append(given)
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").upper(), [], {})
            self.forms.append(self._open)
        if self._open is None or "disabled" in given:
            return
        name = given.get("name")
        if tag == "input" and name:
            kind = given.get("type", "text").lower()
            if kind in ("checkbox", "radio") and "checked" not in given or kind in ("submit", "image", "button"):
                return
            self._open.pairs.append((name, given.get("value", "")))
            self._open.types[name] = kind
        elif tag == "select" and name:
            self._select = name
            self._open.pairs.append((name, ""))
            self._open.types[name] = "select"
        elif tag == "option" and self._select and ("selected" in given or not self._open.fields[self._select]):
            self._open.pairs[-1] = (self._select, given.get("value", ""))
        elif tag == "textarea" and name:
            self._open.pairs.append((name, ""))
            self._open.types[name] = "textarea"

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._silent -= 1
        if tag == "form":
            self._open = None
        if tag == "select":
            self._select = None

    def handle_data(self, data):
        if not self._silent and data.strip():
            self.words.append(data.strip())


@dataclasses.dataclass
class Page:
    """An answer, and where it was found."""

    url: str
    response: Response
    trail: list[str]

    def __post_init__(self) -> None:
        self._parsed = _Forms()
        if self.response.media_type == "text/html":
            self._parsed.feed(self.response.text)

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def text(self) -> str:
        return self.response.text

    @property
    def words(self) -> str:
        """What a person reads."""
        return " ".join(" ".join(self._parsed.words).split())

    @property
    def language(self) -> str:
        return self._parsed.attributes.get("lang", "")

    @property
    def links(self) -> list[dict[str, str]]:
        return self._parsed.links

    @property
    def forms(self) -> list[Form]:
        return self._parsed.forms

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self.url).path

    @property
    def host(self) -> str:
        return urllib.parse.urlsplit(self.url).hostname or ""

    def form_with(self, field: str) -> Form:
        for form in self.forms:
            if field in form.fields:
                return form
        raise AssertionError(f"{self.url} ({self.status}) has no form with {field!r}:\n{self.text[:3000]}")

    def form_to(self, end: str) -> Form:
        """The form that is posted to an address with this end (to the page itself where it names none)."""
        for form in self.forms:
            if form.method == "POST" and join(self.url, form.action or self.url).split("?")[0].endswith(end):
                return form
        raise AssertionError(f"{self.url} ({self.status}) posts nothing to {end}:\n{self.text[:3000]}")

    def has_form_with(self, field: str) -> bool:
        return any(field in form.fields for form in self.forms)


class Browser:
    """One person's browser. `hosts` are the only ones it may ever be sent to."""

    def __init__(self, port: int, hosts: set[str], *, language: str = "en", source: str | None = None) -> None:
        self.port = port
        self.hosts = hosts
        self.language = language
        self.source = source or fresh_address()
        self.jar: dict[str, dict[str, str]] = {}
        self.allowed = PORTERO_HEADERS | APPLICATION_HEADERS

    # -- requests ----------------------------------------------------------------------------------------------------------------

    def get(self, url: str, *, follow: bool = True, headers: list[tuple[str, str]] | None = None, site: str = "none") -> Page:
        return self._navigate("GET", url, b"", headers or [], follow, site)

    def submit(
        self,
        page: Page,
        form: Form,
        values: dict[str, str] | None = None,
        *,
        follow: bool = True,
        headers: list[tuple[str, str]] | None = None,
    ) -> Page:
        """Fills `form` and submits it; a field that the form does not have is a mistake of the test."""
        values = values or {}
        unknown = set(values) - set(form.fields)
        assert not unknown, f"the form at {page.url} has no {unknown}, only {list(form.fields)}"
        target = urllib.parse.urljoin(page.url, form.action or page.url)
        data = urllib.parse.urlencode(form.filled(values))
        if form.method == "GET":
            return self.get(f"{target.split('?')[0]}?{data}", follow=follow, site="same-origin")
        # A page that says `no-referrer` is anonymous even to itself (Fetch, "append a request Origin header").
        anonymous = page.response.header("referrer-policy") == "no-referrer"
        return self.post(target, data, origin="null" if anonymous else origin_of(page.url), follow=follow, headers=headers)

    def post(
        self,
        url: str,
        data: str | dict[str, str],
        *,
        origin: str | None,
        site: str | None = "same-origin",
        follow: bool = True,
        headers: list[tuple[str, str]] | None = None,
    ) -> Page:
        if isinstance(data, dict):
            data = urllib.parse.urlencode(data)
        extra = [("Content-Type", "application/x-www-form-urlencoded")] + (headers or [])
        if origin is not None:
            extra.append(("Origin", origin))
        return self._navigate("POST", url, data.encode(), extra, follow, site)

    def fetch(
        self, url: str, *, method: str = "GET", headers: list[tuple[str, str]] | None = None, body: bytes = b""
    ) -> Response:
        """What a script or an image tag asks for: no redirects, no wish for HTML."""
        given = headers or []
        if not any(name.lower() == "accept" for name, _ in given):
            given = [("Accept", "*/*"), *given]
        return self._send(method, url, body, given)

    def _navigate(self, method, url, body, headers, follow, site) -> Page:
        trail = [url]
        navigation = [
            ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            ("Accept-Language", self.language),
            ("Sec-Fetch-Dest", "document"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-User", "?1"),
        ]
        if site is None:
            # A browser from before fetch metadata.
            navigation = [(name, value) for name, value in navigation if not name.startswith("Sec-")]
        metadata = [("Sec-Fetch-Site", site)] if site else []
        response = self._send(method, url, body, navigation + metadata + headers)
        while follow and response.status in (301, 302, 303, 307, 308):
            assert response.status in (302, 303), f"{url} answered {response.status}"
            location = response.header("location")
            assert location, f"{url}: {response.status} without Location"
            previous, url = url, join(url, location)
            trail.append(url)
            assert len(trail) < 12, f"going in circles: {trail}"
            if site and origin_of(previous) != origin_of(url):
                site = "same-site"
            metadata = [("Sec-Fetch-Site", site)] if site else []
            response = self._send("GET", url, b"", navigation + metadata)
        return Page(url, response, trail)

    def _send(self, method, url, body, headers) -> Response:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname or ""
        if url.split("/")[:3] not in [["http:", "", f"{known}:{self.port}"] for known in self.hosts]:
            raise AssertionError(f"sent away to {url!r}")
        # Cut out of the URL as it is: what comes after the authority must not be touched.
        target = "/" + "/".join(url.split("/")[3:]).split("#")[0]
        sent = [("Host", parts.netloc), ("User-Agent", "portero-tests/1")] + headers
        cookies = self.jar.get(host)
        if cookies and not any(name.lower() == "cookie" for name, _ in headers):
            sent.append(("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items())))
        response = exchange(self.port, method, target, sent, body, source=self.source, allowed=self.allowed)
        for cookie in response.all("set-cookie"):
            self._keep(host, cookie)
        return response

    # -- cookies -----------------------------------------------------------------------------------------------------------------

    def _keep(self, host: str, cookie: str) -> None:
        pair, *attributes = [part.strip() for part in cookie.split(";")]
        name, _, value = pair.partition("=")
        given = {key.lower(): text for key, _, text in (part.partition("=") for part in attributes)}
        if "portero" in name:
            if "domain" in given or "httponly" not in given or given.get("path") != "/" and name == "portero":
                raise ProtocolError(f"a careless cookie: {cookie}")
            if given.get("samesite", "").lower() not in ("lax", "strict"):
                raise ProtocolError(f"a cookie without SameSite: {cookie}")
        jar = self.jar.setdefault(host, {})
        if (
            given.get("max-age", "1").lstrip("-").isdigit()
            and int(given.get("max-age", "1")) <= 0
            or "1970" in given.get("expires", "")
        ):
            jar.pop(name, None)
        else:
            jar[name] = value

    def session_cookie(self, host: str) -> str | None:
        return self.jar.get(host, {}).get("portero")


def join(base: str, reference: str) -> str:
    """Resolves a Location as browsers do: blanks at the ends, tabs and line ends vanish, and a backslash is a slash. What need
    not be touched is left as it is (urljoin drops an empty query)."""
    reference = re.sub(r"[\t\r\n]", "", reference.strip())
    path = re.match(r"[^?#]*", reference)[0]
    reference = path.replace("\\", "/") + reference[len(path) :]
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", reference):
        return reference
    if reference.startswith("/") and not reference.startswith("//"):
        return origin_of(base) + reference
    return urllib.parse.urljoin(base, reference)


def origin_of(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
