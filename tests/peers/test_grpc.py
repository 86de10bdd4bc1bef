"""gRPC, by its own client and server: calls, streams, and the status that stands in the trailers."""

from __future__ import annotations

import concurrent.futures
import threading

import grpc
import pytest

from certificates import Authority
from conftest import application
from program import Portero

CLEAR, SECURE = "clear.localhost", "secure.localhost"
SERVICE = "tests.Talk"


class Talk(grpc.GenericRpcHandler):
    """A service without generated code: messages are plain bytes."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.metadata: dict[str, str | bytes] = {}

    def service(self, call):
        self.metadata = {item.key: item.value for item in call.invocation_metadata}
        methods = {
            f"/{SERVICE}/Say": grpc.unary_unary_rpc_method_handler(self.say),
            f"/{SERVICE}/Count": grpc.unary_stream_rpc_method_handler(self.count),
            f"/{SERVICE}/Sum": grpc.stream_unary_rpc_method_handler(self.sum),
            f"/{SERVICE}/Chat": grpc.stream_stream_rpc_method_handler(self.chat),
            f"/{SERVICE}/Fail": grpc.unary_unary_rpc_method_handler(self.fail),
            f"/{SERVICE}/Break": grpc.unary_stream_rpc_method_handler(self.break_off),
        }
        return methods.get(call.method)

    def say(self, request, context):
        context.set_trailing_metadata((("x-sum", str(len(request))), ("x-raw-bin", b"\x00\xff")))
        return request[::-1]

    def count(self, request, context):
        yield b"0"
        assert self.go_on.wait(20), "the first message never arrived"
        for number in range(1, int(request)):
            yield str(number).encode()

    def sum(self, requests, context):
        return str(sum(int(request) for request in requests)).encode()

    def chat(self, requests, context):
        for request in requests:
            yield b"you said " + request

    def fail(self, request, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "no such thing: ñandú")

    def break_off(self, request, context):
        yield b"half"
        context.abort(grpc.StatusCode.DATA_LOSS, "the rest is gone")


@pytest.fixture(scope="module")
def talk():
    return Talk()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def upstream(talk, authority):
    """The server's ports: in clear, and over TLS."""
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), handlers=(talk,))
    cert, key = authority.certify("grpc", "talk.internal")
    credentials = grpc.ssl_server_credentials([(key.read_bytes(), cert.read_bytes())])
    ports = server.add_insecure_port("127.0.0.1:0"), server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    yield ports
    server.stop(None).wait()


@pytest.fixture(scope="module")
def front(tmp_path_factory, upstream, authority, echo):
    def app(id: str, host: str, url: str, more: str = "") -> str:
        return f"""
[[app]]
id = "{id}"
host = "{host}"
path = "/{SERVICE}"
upstream = ["{url}"]
upstream_protocol = "http2"
{more}
[[app.rule]]
path = "/{SERVICE}/Say"
access = "anyone"
"""

    clear, secure = upstream
    trust = f'ca = "{authority.ca}"\nserver_name = "talk.internal"'
    applications = (
        app("clear", CLEAR, f"http://127.0.0.1:{clear}")
        + app("secure", SECURE, f"https://127.0.0.1:{secure}", trust)
        + application("pages", f'host = "{CLEAR}"', echo.port)
        + application("more", f'host = "{SECURE}"', echo.port)
    )
    portero = Portero(tmp_path_factory.mktemp("portero"), applications, (CLEAR, SECURE)).start()
    portero.add_org("acme")
    portero.add_user("acme/ana", apps=("clear", "secure", "pages", "more"))
    yield portero
    assert portero.stop() == 0
    assert "panicked" not in portero.log_text()


@pytest.fixture(scope="module", params=[CLEAR, SECURE])
def call(request, front):
    """Calls a method as ana, over a channel to Portero."""
    host = request.param
    browser, _ = front.sign_in("acme/ana", url=front.at(host, "/"))
    cookie = ("cookie", f"portero={browser.session_cookie(host)}")
    options = [("grpc.default_authority", f"{host}:{front.port}")]
    with grpc.insecure_channel(f"127.0.0.1:{front.port}", options=options) as channel:

        def call(kind, method, message, *, metadata=(cookie,)):
            return getattr(channel, kind)(f"/{SERVICE}/{method}")(message, timeout=20, metadata=metadata)

        call.channel, call.cookie, call.host = channel, cookie, host
        yield call


def test_a_call_is_answered_with_its_trailing_metadata(call):
    answer, state = call.channel.unary_unary(f"/{SERVICE}/Say").with_call(b"abc", timeout=20, metadata=(call.cookie,))
    assert answer == b"cba" and state.code() == grpc.StatusCode.OK
    trailers = {item.key: item.value for item in state.trailing_metadata()}
    assert trailers["x-sum"] == "3" and trailers["x-raw-bin"] == b"\x00\xff"


def test_the_server_learns_who_calls_and_nothing_forged(call, talk):
    call("unary_unary", "Say", b"x", metadata=(call.cookie, ("remote-user", "root"), ("x-mine", "kept")))
    assert talk.metadata["remote-user"] == "ana" and talk.metadata["x-mine"] == "kept"
    assert talk.metadata["x-portero-assertion"].count(".") == 2
    assert "portero=" not in talk.metadata.get("cookie", "")


def test_a_stream_arrives_message_by_message(call, talk):
    talk.go_on.clear()
    stream = call("unary_stream", "Count", b"500")
    assert next(stream) == b"0", "it arrives while the server waits"
    talk.go_on.set()
    assert [int(message) for message in stream] == list(range(1, 500))
    assert stream.code() == grpc.StatusCode.OK


def test_a_client_may_stream_too_and_both_at_once(call):
    numbers = (str(number).encode() for number in range(300))
    assert call("stream_unary", "Sum", numbers) == b"44850"

    said = threading.Semaphore(1)

    def words():
        for word in (b"one", b"two", b"three"):
            # Each only once the one before was answered.
            assert said.acquire(timeout=20)
            yield word

    heard = []
    for answer in call("stream_stream", "Chat", words()):
        heard.append(answer)
        said.release()
    assert heard == [b"you said one", b"you said two", b"you said three"]


def test_an_error_arrives_as_the_server_said_it(call):
    with pytest.raises(grpc.RpcError) as failed:
        call("unary_unary", "Fail", b"x")
    assert failed.value.code() == grpc.StatusCode.NOT_FOUND
    assert failed.value.details() == "no such thing: ñandú"

    stream = call("unary_stream", "Break", b"x")
    assert next(stream) == b"half"
    with pytest.raises(grpc.RpcError) as failed:
        next(stream)
    assert failed.value.code() == grpc.StatusCode.DATA_LOSS


def test_a_large_message_passes_whole(call):
    message = bytes(range(256)) * 8192
    assert call("unary_unary", "Say", message) == message[::-1]


def test_many_calls_at_once_are_all_answered(call):
    say = call.channel.unary_unary(f"/{SERVICE}/Say")
    calls = [say.future(str(number).encode(), timeout=20, metadata=(call.cookie,)) for number in range(200)]
    assert [one.result() for one in calls] == [str(number).encode()[::-1] for number in range(200)]


def test_without_a_session_only_what_is_public_is_answered(call):
    assert call("unary_unary", "Say", b"abc", metadata=()) == b"cba"
    with pytest.raises(grpc.RpcError) as refused:
        call("unary_unary", "Fail", b"x", metadata=())
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_a_certificate_that_cannot_be_trusted_is_named_in_the_log(upstream, tmp_path):
    stranger = Authority(tmp_path)
    trust = f'ca = "{stranger.ca}"\nserver_name = "talk.internal"\naccess = "anyone"'
    app = f'[[app]]\nid = "a"\nhost = "{SECURE}"\nupstream = ["https://127.0.0.1:{upstream[1]}"]\n{trust}\n'
    folder = tmp_path / "portero"
    folder.mkdir()
    other = Portero(folder, app, (SECURE,)).start()
    try:
        assert other.browser().get(other.at(SECURE, "/")).status == 502
        line = next(line for line in other.log_text().splitlines() if "upstream_tls" in line)
        assert "name the authority that signed it" in line and f"127.0.0.1:{upstream[1]}" in line
    finally:
        other.stop()
