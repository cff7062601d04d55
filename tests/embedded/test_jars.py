"""The jars: fetched once from a mirror, verified always, whatever the mirror sends."""

import gc
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stream.embedded import fetch
from stream.embedded.errors import BrokerError
from stream.embedded.jars import jars

# jgo leaves the connection of a refused answer open until it is collected; see the fixture.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

JARS = {"one": b"first " * 999, "two": b"second " * 999, "three": b"third " * 999}


class Mirror:
    """A Maven repository on the loopback address; what it does with a jar can be changed."""

    def __init__(self):
        self.files = {f"/org/example/{name}/1.0/{name}-1.0.jar": b for name, b in JARS.items()}
        self.asked = []
        self.status = 200
        self.cut_off = 0
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                mirror.answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://ann:pa55@127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,)).start()

    def answer(self, request):
        self.asked.append(request.path)
        body = self.files.get(request.path)
        status = self.status if body else 404
        request.send_response(status)
        body = body if body and status == 200 else b""
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if body and self.cut_off:
            self.cut_off -= 1
            body = body[:100]
            request.close_connection = True
        request.wfile.write(body)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def mirror(monkeypatch, tmp_path):
    mirror = Mirror()
    monkeypatch.setenv("LOANWATCH_MAVEN_URL", mirror.url)
    monkeypatch.setenv("LOANWATCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fetch, "_PAUSE_S", 0)
    yield mirror
    mirror.close()
    gc.collect()  # here, where it is expected, and not in the middle of another test


@pytest.fixture
def lock(tmp_path):
    path = tmp_path / "some.lock"
    path.write_text(
        "".join(
            f"org.example:{name}:1.0 {hashlib.sha256(content).hexdigest()}\n"
            for name, content in JARS.items()
        )
    )
    return path


def jars_in(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.jar")}


ALL = {f"{name}-1.0.jar": content for name, content in JARS.items()}


def test_jars_are_fetched_once_and_only_jars_are_kept(mirror, lock):
    folder = jars(lock)
    asked = len(mirror.asked)

    assert jars(lock) == folder
    assert jars_in(folder) == ALL
    assert len(mirror.asked) == asked
    assert not (folder / "stage").exists()


def test_a_damaged_jar_is_fetched_again_and_no_other(mirror, lock):
    folder = jars(lock)
    mirror.asked.clear()
    (folder / "two-1.0.jar").write_bytes(b"damaged")

    jars(lock)

    assert jars_in(folder) == ALL
    assert {path.rsplit("/", 1)[1].removesuffix(".sha1") for path in mirror.asked} == {
        "two-1.0.jar"
    }


def test_a_cut_off_download_is_tried_again(mirror, lock):
    mirror.cut_off = 2

    assert jars_in(jars(lock)) == ALL


def test_a_jar_with_another_checksum_never_reaches_the_class_path(mirror, lock, tmp_path):
    mirror.files["/org/example/two/1.0/two-1.0.jar"] = b"something else"

    with pytest.raises(BrokerError, match=r"expected org\.example:two:1\.0 with SHA-256"):
        jars(lock)

    assert not list((tmp_path / "cache").rglob("two-1.0.jar"))


def test_a_jar_that_is_not_pinned_is_removed(mirror, lock):
    folder = jars(lock)
    (folder / "planted-1.0.jar").write_bytes(b"on the class path")

    assert jars_in(jars(lock)) == ALL


def test_of_two_first_starts_the_second_waits_for_the_first(mirror, lock):
    with ThreadPoolExecutor(2) as pool:
        folders = list(pool.map(jars, [lock, lock]))

    assert folders[0] == folders[1]
    assert sorted(path for path in mirror.asked if path.endswith(".jar")) == sorted(mirror.files)


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        pytest.param(lambda m: setattr(m, "status", 401), "it refused", id="login refused"),
        pytest.param(lambda m: setattr(m, "status", 503), "it refused", id="out of service"),
        pytest.param(lambda m: m.files.clear(), "lacks a file", id="not there"),
        pytest.param(lambda m: setattr(m, "cut_off", 99), "no connection", id="never whole"),
    ],
)
def test_a_failed_download_says_why_and_hides_the_login(mirror, lock, break_it, why):
    break_it(mirror)

    with pytest.raises(BrokerError) as error:
        jars(lock)

    assert why in str(error.value)
    assert "LOANWATCH_MAVEN_URL" in str(error.value)
    assert "pa55" not in str(error.value)
    assert "***@127.0.0.1" in str(error.value)
    assert "\n" not in str(error.value)


def test_nothing_listens_and_the_error_says_so(mirror, lock, monkeypatch):
    monkeypatch.setenv("LOANWATCH_MAVEN_URL", "http://ann:pa55@127.0.0.1:9")

    with pytest.raises(BrokerError, match="no connection") as error:
        jars(lock)

    assert "pa55" not in str(error.value)
