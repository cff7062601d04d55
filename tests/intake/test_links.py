"""Whose token it is, whatever the order in which the references are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instants import from_ms
from stream.intake.links import Links
from tests.intake.sample import NOW_MS, alias, contract, link

HOUR_MS = 3_600_000


def links_of(*records):
    links = Links()
    for each in records:
        links.apply(each)
    return links


def test_an_account_of_two_borrowers_is_both_ones():
    links = links_of(link("acc_1", "brw_2"), link("acc_1", "brw_1"))

    assert links.borrowers("acc_1", NOW_MS) == ("brw_1", "brw_2")


def test_a_loan_is_its_latest_contracts_borrowers():
    links = links_of(contract("ln_1", "brw_1"), contract("ln_1", "brw_2"))

    assert links.borrower_of_loan("ln_1") == "brw_2"


def test_nobodys_token_is_nobodys():
    links = links_of(link("acc_1", "brw_1"))

    assert (links.borrowers("acc_2", NOW_MS), links.borrower_of_loan("ln_2")) == ((), None)


@pytest.mark.parametrize(
    ("after_ms", "borrowers"),
    [
        pytest.param(-1, (), id="a millisecond before"),
        pytest.param(0, ("brw_1",), id="at its beginning"),
        pytest.param(HOUR_MS - 1, ("brw_1",), id="a millisecond before its end"),
        pytest.param(HOUR_MS, (), id="at its end"),
    ],
)
def test_a_link_holds_from_its_beginning_to_before_its_end(after_ms, borrowers):
    span = {"valid_from": from_ms(NOW_MS), "valid_to": from_ms(NOW_MS + HOUR_MS)}
    links = links_of(link("acc_1", "brw_1", **span))

    assert links.borrowers("acc_1", NOW_MS + after_ms) == borrowers


def test_a_link_said_again_replaces_what_was_said_of_that_borrower_alone():
    ended = {"valid_to": from_ms(NOW_MS)}
    links = links_of(
        link("acc_1", "brw_1"), link("acc_1", "brw_2"), link("acc_1", "brw_1", **ended)
    )

    assert links.borrowers("acc_1", NOW_MS) == ("brw_2",)


def test_a_token_of_a_new_key_is_the_same_party_under_its_oldest_name():
    links = links_of(
        contract("ln_1", "brw_1"),
        link("acc_1", "brw_1"),
        alias("acc_2", "acc_1"),
        alias("acc_3", "acc_2"),
        alias("ln_2", "ln_1"),
        alias("brw_2", "brw_1"),
    )

    assert links.oldest("acc_3") == "acc_1"
    assert links.borrowers("acc_3", NOW_MS) == ("brw_1",)
    assert links.borrower_of_loan("ln_2") == "brw_1"
    assert links.oldest("brw_2") == "brw_1"


def test_a_link_said_of_the_new_name_holds_for_the_old_one():
    links = links_of(link("acc_2", "brw_2"), alias("acc_2", "acc_1"), alias("brw_2", "brw_1"))

    assert links.borrowers("acc_1", NOW_MS) == ("brw_1",)
    assert links.borrowers("acc_2", NOW_MS) == ("brw_1",)


def test_an_alias_said_again_is_of_another_party_from_then_on():
    links = links_of(link("acc_3", "brw_1"), alias("acc_3", "acc_1"), alias("acc_3", "acc_2"))

    assert links.borrowers("acc_1", NOW_MS) == ()
    assert links.borrowers("acc_2", NOW_MS) == ("brw_1",)


def test_an_alias_that_closes_a_circle_changes_nothing():
    links = links_of(link("acc_1", "brw_1"), alias("acc_2", "acc_1"), alias("acc_1", "acc_2"))

    assert (links.oldest("acc_1"), links.oldest("acc_2")) == ("acc_1", "acc_1")


@pytest.mark.parametrize(
    ("said", "tokens"),
    [
        pytest.param(link("acc_1", "brw_1"), {"acc_1", "acc_2"}, id="a link: all names of it"),
        pytest.param(contract("ln_9", "brw_1"), {"ln_9"}, id="a contract: its loan"),
        pytest.param(alias("acc_3", "acc_2"), {"acc_1", "acc_2", "acc_3"}, id="an alias: all"),
    ],
)
def test_who_waits_for_a_token_hears_of_every_name_of_it(said, tokens):
    links = links_of(alias("acc_2", "acc_1"))

    assert set(links.apply(said)) == tokens


@pytest.mark.parametrize(
    ("key", "left"),
    [
        pytest.param("party_link:acc_1:brw_1", (("brw_2",), "brw_1", "acc_1"), id="a link"),
        pytest.param("loan_contract:ln_1", (("brw_1", "brw_2"), None, "acc_1"), id="a contract"),
        pytest.param("token_alias:acc_2", (("brw_1", "brw_2"), "brw_1", "acc_2"), id="an alias"),
        pytest.param("anything", (("brw_1", "brw_2"), "brw_1", "acc_1"), id="another key"),
        pytest.param(
            "party_link:acc_7:brw_7", (("brw_1", "brw_2"), "brw_1", "acc_1"), id="unknown"
        ),
    ],
)
def test_what_a_tombstone_takes_back_is_forgotten(key, left):
    links = links_of(
        link("acc_1", "brw_1"),
        link("acc_1", "brw_2"),
        contract("ln_1", "brw_1"),
        alias("acc_2", "acc_1"),
    )
    links.forget(key)

    found = (links.borrowers("acc_1", NOW_MS), links.borrower_of_loan("ln_1"))
    assert (*found, links.oldest("acc_2")) == left


accounts = st.sampled_from([f"acc_{n}" for n in range(4)])
borrowers = st.sampled_from([f"brw_{n}" for n in range(3)])
a_link = st.builds(link, accounts, borrowers)
# a newer name has a greater number, as a key's version has: so there are no circles
an_alias = st.tuples(accounts, accounts).filter(lambda pair: pair[0] > pair[1])
references = st.tuples(
    st.lists(a_link, unique_by=lambda each: (each.token, each.borrower_id)),
    st.lists(an_alias.map(lambda pair: alias(*pair)), unique_by=lambda each: each.token),
).map(lambda both: [*both[0], *both[1]])


@given(references, st.randoms(use_true_random=False))
def test_the_order_of_the_references_does_not_matter(records, random):
    shuffled = random.sample(records, len(records))
    one, other = links_of(*records), links_of(*shuffled)

    for token in [f"acc_{n}" for n in range(4)]:
        assert one.borrowers(token, NOW_MS) == other.borrowers(token, NOW_MS)
        assert one.oldest(token) == other.oldest(token)
