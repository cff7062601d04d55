"""`loanwatch topics`: what it says without a cluster, and the generated page."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.topics import TOPICS
from stream.commands.topics import ROLES, app, topics_page
from stream.roles import Role

PAGE = Path(__file__).parents[2] / "docs" / "topics.md"


@pytest.fixture
def run():
    def run(*args, **env):
        return CliRunner().invoke(app, args, env=env)

    return run


def test_the_page_in_docs_is_current():
    assert PAGE.read_text(encoding="utf-8") == topics_page(), (
        "renew it: loanwatch topics docs > docs/topics.md"
    )


def test_the_page_names_every_topic_and_the_rights_of_every_role():
    page = topics_page()

    assert [topic.name for topic in TOPICS if f"| `{topic.name}`" not in page] == []
    assert set(ROLES) == {role.value for role in Role}


def test_docs_prints_the_page(run):
    assert run("docs").stdout == topics_page()


def test_list_says_what_the_topics_of_this_cluster_should_be(run):
    env = {
        "LOANWATCH_TOPIC_PREFIX": "p.",
        "LOANWATCH_PARTITIONS": "32",
        "LOANWATCH_REPLICATION": "3",
    }
    listed = {topic["name"]: topic for topic in json.loads(run("list", "--json", **env).stdout)}

    journal, control = listed["p.journal"], listed["p.control"]
    assert (journal["partitions"], control["partitions"]) == (32, 1)
    assert journal["replication"] == 3
    assert journal["config"]["min.insync.replicas"] == "2"
    assert journal["config"]["message.timestamp.type"] == "LogAppendTime"
    assert len(listed) == len(TOPICS)


def test_list_is_a_table_for_people(run):
    lines = run("list").stdout.splitlines()

    assert lines[0].split() == [
        "topic",
        "partitions",
        "cleanup",
        "retention",
        "writers",
        "readers",
    ]
    assert any(line.split()[:4] == ["control", "1", "delete", "for"] for line in lines)


@pytest.mark.broker
def test_create_and_check_report_to_people_and_to_programs(run, settings):
    env = settings.to_env()

    missing = run("check", **env)
    assert missing.exit_code == 1
    assert missing.stderr.count("is missing") == len(TOPICS)

    made = json.loads(run("create", "--json", **env).stdout)
    assert len(made["created"]) == len(TOPICS)
    assert made["differences"] == []
    assert run("check", **env).stdout == f"{len(TOPICS)} topics as they should be\n"

    differing = run("check", "--json", **env | {"LOANWATCH_PARTITIONS": "8"})
    assert differing.exit_code == 1
    assert (
        f"topic {settings.topic_prefix}journal has 4 partitions, expected 8"
        in json.loads(differing.stdout)["differences"]
    )
