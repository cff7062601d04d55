"""Whom a download trusts: what the machine trusts, unless the user has said otherwise."""

import os
import ssl

import pytest

from stream.embedded.fetch import _trusting_the_machines_cas


@pytest.fixture(autouse=True)
def _no_cas_from_outside(monkeypatch, tmp_path):
    for name in ("REQUESTS_CA_BUNDLE", "PIP_CERT", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "file.pem").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder" / "one.pem").touch()


@pytest.mark.parametrize(
    ("variables", "trusted"),
    [
        pytest.param({"PIP_CERT": "file.pem"}, "file.pem", id="as pip is told"),
        pytest.param({"SSL_CERT_FILE": "file.pem"}, "file.pem", id="as OpenSSL is told"),
        pytest.param(
            {"SSL_CERT_FILE": "none", "SSL_CERT_DIR": "folder"}, "folder", id="a folder of CAs"
        ),
        pytest.param(
            {"SSL_CERT_FILE": "none", "SSL_CERT_DIR": "empty"}, None, id="no CA at all: jgo's own"
        ),
        pytest.param(
            {"REQUESTS_CA_BUNDLE": "said", "PIP_CERT": "file.pem"}, "said", id="said otherwise"
        ),
    ],
)
def test_a_download_trusts_what_the_machine_trusts(monkeypatch, tmp_path, variables, trusted):
    for name, value in variables.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    before = os.environ.get("REQUESTS_CA_BUNDLE")

    with _trusting_the_machines_cas():
        assert os.environ.get("REQUESTS_CA_BUNDLE") == (trusted and str(tmp_path / trusted))

    assert os.environ.get("REQUESTS_CA_BUNDLE") == before


def test_without_any_variable_it_is_openssls_store():
    paths = ssl.get_default_verify_paths()
    with _trusting_the_machines_cas():
        found = os.environ.get("REQUESTS_CA_BUNDLE")

    assert found in {paths.cafile, paths.capath, None}
