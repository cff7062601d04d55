"""A time-stamp authority over HTTP: what it stamped is kept with the head, and nothing else is."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest

from stream.record.canonical import canonical
from stream.record.verify import stamped_at
from stream.roles.compliance.authority import AuthorityWitness
from stream.roles.compliance.witness import Witnesses
from stream.settings import Settings, SettingsError
from tests.record.authority import NOW, Authority
from tests.record.log import records, written

HEADS = written(records(16))[1]


@pytest.fixture
def asked(tmp_path):
    """Return a function that serves one request; what the witness made of it stands in a file."""
    authority, got = Authority(), []

    def once(answered, head):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                request = self.rfile.read(int(self.headers["Content-Length"]))
                got.append((self.path, self.headers["Content-Type"]))
                answer = answered(authority, request)
                self.send_response(200 if answer else 503)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        (tmp_path / "root.pem").write_bytes(authority.root.pem)
        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.handle_request, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}/tsa?policy=1"
            witness = AuthorityWitness(url, tmp_path / "root.pem", tmp_path / "stamps.jsonl")
            witness.take(msgspec.json.encode(head))
        return authority, got

    return once


def test_a_head_is_kept_with_its_stamp(asked, tmp_path):
    authority, got = asked(lambda of, request: of.answer(request), HEADS[0])
    (line,) = [json.loads(each) for each in (tmp_path / "stamps.jsonl").read_text().splitlines()]
    token = base64.b64decode(line["token"])

    assert got == [("/tsa?policy=1", "application/timestamp-query")]
    assert line["head"]["body"] == HEADS[0]["body"]
    assert line["received_at"].endswith("Z")
    roots = [authority.root.certificate]
    assert stamped_at(token, canonical(HEADS[0]["body"]), roots).replace(microsecond=0) == NOW


@pytest.mark.parametrize(
    "answered",
    [
        pytest.param(lambda of, request: of.answer(request, status=2), id="it refuses"),
        pytest.param(
            lambda of, request: of.answer(request, nonce=b"\x02\x01\x05"), id="another's answer"
        ),
        pytest.param(lambda _of, request: Authority().answer(request), id="somebody else"),
        pytest.param(lambda _of, _request: b"busy", id="no answer at all"),
        pytest.param(lambda _of, _request: b"", id="503"),
    ],
)
def test_anything_else_is_asked_again_later(asked, answered, tmp_path):
    with pytest.raises(OSError, match=r"expected a time stamp|answered 503"):
        asked(answered, HEADS[0])

    assert not (tmp_path / "stamps.jsonl").exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"authority_url": "ftp://tsa.example"}, "expected an address, got `ftp"),
        ({"authority_url": "http://tsa.example"}, "_ROOT_FILE: expected with an authority"),
        ({"authority_url": "http://tsa.example", "authority_root": "none"}, "none: "),
        ({"authority_url": "http://tsa.example", "authority_root": "text"}, "text: "),
    ],
    ids=["no address", "no root", "no file", "no certificate"],
)
def test_settings_that_cannot_be_are_refused_at_once(changes, why, tmp_path):
    (tmp_path / "text").write_text("text")
    if "authority_root" in changes:
        changes = changes | {"authority_root": tmp_path / changes["authority_root"]}

    with pytest.raises(SettingsError, match=why):
        Witnesses.of(Settings(**changes))
