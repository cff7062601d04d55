"""The profiles as data: complete, a source at each number, and exactly what domain.md 4.7 says."""

import json
from datetime import date
from importlib import resources

import msgspec
import pytest

from schemas.collection_trigger import Channel, Guard
from schemas.conduct import ConductProfile
from schemas.control import ConductBody
from stream.decide.collection.profiles import Conduct, shipped

DATA = json.loads(
    resources.files("stream.decide.collection").joinpath("profiles.json").read_bytes()
)


def caps(profile, channel, *, talks=False):
    edition = shipped()[profile].editions[-1]
    return [
        (cap.at_most, cap.within_hours)
        for cap in edition.caps
        if cap.channel is channel and cap.talks is talks
    ]


def test_the_strictest_profile_says_what_the_page_says():
    hours = shipped()["DEFAULT"].editions[-1].hours

    assert (hours.opens, hours.closes, hours.weekdays) == ("09:00", "19:00", (1, 2, 3, 4, 5, 6))
    assert not hours.holidays
    assert not hours.night_by_consent
    assert caps("DEFAULT", Channel.MESSAGE) == [(1, 24), (3, 168)]
    assert caps("DEFAULT", Channel.CALL) == [(3, 24), (7, 168)]
    assert caps("DEFAULT", Channel.CALL, talks=True) == [(1, 168)]
    assert not shipped()["DEFAULT"].draft


def test_the_chinese_profile_says_what_the_page_says_and_is_a_draft():
    hours = shipped()["CN"].editions[-1].hours

    assert (hours.opens, hours.closes, len(hours.weekdays)) == ("08:00", "22:00", 7)
    assert hours.night_by_consent
    assert caps("CN", Channel.CALL) == [(6, 24)]
    assert shipped()["CN"].draft


@pytest.mark.parametrize("name", DATA)
def test_every_number_names_its_source(name):
    def numbers(value, has_source):
        if isinstance(value, dict):
            has_source = has_source or "source" in value
            return [n for key, each in value.items() for n in numbers(each, has_source)]
        if isinstance(value, list):
            return [n for each in value for n in numbers(each, has_source)]
        return [] if has_source or not isinstance(value, int) else [value]

    for edition in DATA[name]["editions"]:
        assert numbers(edition, has_source=False) == []
        assert set(edition["legal_basis"]) == set(Guard)


def changed(**how):
    data = json.loads(json.dumps(DATA["DEFAULT"]))
    data["editions"][0] |= how
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(changed(legal_basis={}), "a legal basis of each guard", id="no basis"),
        pytest.param(changed(retries={}), "`retries` of DEFAULT", id="no retries"),
        pytest.param(DATA["DEFAULT"] | {"editions": []}, "editions in the order", id="no edition"),
        pytest.param(
            changed(hours=DATA["DEFAULT"]["editions"][0]["hours"] | {"opens": "20:00"}),
            "hours that open",
            id="never open",
        ),
        pytest.param(changed(per_hour={"value": 1}), "missing required field", id="no source"),
        pytest.param(changed(surprise=1), "unknown field", id="a word that nobody knows"),
    ],
)
def test_what_is_no_profile_is_refused(data, message):
    with pytest.raises(msgspec.ValidationError, match=message):
        msgspec.convert(data, ConductProfile)


def test_the_edition_in_force_is_the_last_one_that_has_begun():
    later = {**DATA["DEFAULT"]["editions"][0], "since": "2027-01-01"}
    later["hours"] = later["hours"] | {"closes": "18:00"}
    data = DATA["DEFAULT"] | {"editions": [*DATA["DEFAULT"]["editions"], later]}
    profile = msgspec.convert(data, ConductProfile)

    days = (date(2020, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [profile.on(day).hours.closes for day in days] == ["19:00", "19:00", "18:00"]


def test_what_people_signed_replaces_one_profile_and_leaves_the_others():
    own = msgspec.convert(DATA["DEFAULT"] | {"version": 7}, ConductProfile)
    conduct = Conduct(ConductBody(profiles={"DEFAULT": own}))

    assert conduct.choose("nobody's").profile.version == 7
    assert conduct.choose("CN").profile == shipped()["CN"]
    assert not conduct.choose("CN").accepted
