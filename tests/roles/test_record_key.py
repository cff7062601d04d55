"""The record's key: what is wrong with it is said in one line."""

import pytest

from stream.roles.compliance.key import read_record_key
from stream.settings import Settings, SettingsError
from stream.sources.keys import make_trial_keys


def test_the_trial_has_one(tmp_path):
    settings = Settings(data_dir=tmp_path)
    make_trial_keys(tmp_path / "keys", settings.trust_file)

    assert read_record_key(settings).sign(b"")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(None, "cannot read .*: No such file.*loanwatch keys init", id="none"),
        pytest.param(b"x", "expected a private key", id="no key"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, message):
    path = tmp_path / "record.pem"
    if text is not None:
        path.write_bytes(text)

    with pytest.raises(SettingsError, match=f"LOANWATCH_RECORD_KEY_FILE: .*{message}"):
        read_record_key(Settings(record_key=path))
