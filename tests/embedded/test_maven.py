"""Where the jars come from: the environment, Maven's settings, else whatever jgo takes."""

import pytest

from stream.embedded.errors import BrokerError
from stream.embedded.maven import hide_login, repository

MIRROR = (
    "<mirror><id>house</id><mirrorOf>{of}</mirrorOf><url>http://house.example/m/</url></mirror>"
)
SERVER = "<server><id>{id}</id><username>ann</username><password>{password}</password></server>"


@pytest.fixture
def settings_xml(tmp_path, monkeypatch):
    """Return a function that writes Maven's settings into the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("LOANWATCH_MAVEN_URL", raising=False)

    def write(text):
        (tmp_path / ".m2").mkdir()
        (tmp_path / ".m2" / "settings.xml").write_text(text)

    return write


def settings(*, of="central", servers="", namespace=""):
    mirrors = MIRROR.format(of=of)
    return (
        f"<settings{namespace}><servers>{servers}</servers><mirrors>{mirrors}</mirrors></settings>"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(settings(), "http://house.example/m", id="a mirror of central"),
        pytest.param(settings(of="*"), "http://house.example/m", id="a mirror of everything"),
        pytest.param(settings(of="external:*"), "http://house.example/m", id="of all that is away"),
        pytest.param(settings(of="a, central"), "http://house.example/m", id="one of several"),
        pytest.param(settings(of="*,!central"), None, id="of everything but central"),
        pytest.param(settings(of="other"), None, id="of another repository"),
        pytest.param(settings(of="external:http:*"), None, id="Maven's own block on plain http"),
        pytest.param("<settings/>", None, id="no mirror at all"),
        pytest.param(
            settings(namespace=' xmlns="urn:example:settings"'),
            "http://house.example/m",
            id="with Maven's namespace",
        ),
        pytest.param(
            settings(servers=SERVER.format(id="house", password="p@ss/word")),
            "http://ann:p%40ss%2Fword@house.example/m",
            id="with a login that must be quoted",
        ),
        pytest.param(
            settings(servers=SERVER.format(id="house", password="${env.HOUSE_PASSWORD}")),
            "http://ann:from-env@house.example/m",
            id="with a password from the environment",
        ),
        pytest.param(
            settings(servers=SERVER.format(id="elsewhere", password="x")),
            "http://house.example/m",
            id="the login of another server",
        ),
    ],
)
def test_mavens_settings_are_followed(settings_xml, monkeypatch, text, expected):
    monkeypatch.setenv("HOUSE_PASSWORD", "from-env")
    settings_xml(text)

    assert repository() == expected


def test_the_environment_wins_over_mavens_settings(settings_xml, monkeypatch):
    settings_xml(settings())
    monkeypatch.setenv("LOANWATCH_MAVEN_URL", "http://mine.example/maven/")

    assert repository() == "http://mine.example/maven"


def test_without_settings_the_choice_is_left_to_the_client(settings_xml):
    assert repository() is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("<settings>", "found broken XML", id="cut off"),
        pytest.param(
            settings(servers=SERVER.format(id="house", password="{COQLCE6DU6GtcS5P=}")),
            "the password of Maven server `house` is encrypted",
            id="encrypted password",
        ),
    ],
)
def test_settings_that_cannot_be_followed_are_an_error(settings_xml, text, message):
    settings_xml(text)

    with pytest.raises(BrokerError, match=message):
        repository()


def test_logins_are_hidden_wherever_they_stand():
    text = "{'mirror': 'https://ann:pa55@a.example/m'} and http://bob@b.example:80/x"

    assert hide_login(text) == "{'mirror': 'https://***@a.example/m'} and http://***@b.example:80/x"
