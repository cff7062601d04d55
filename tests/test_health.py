"""The small web server: alive, ready, counted; from a thread, on the loopback."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from stream import metrics
from stream.health import HealthServer


@pytest.fixture
def answers():
    return {"live": True, "ready": False}


@pytest.fixture
def get(answers):
    with HealthServer(
        "127.0.0.1", 0, live=lambda: answers["live"], ready=lambda: answers["ready"]
    ) as server:

        def ask(path):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}") as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        yield ask


def test_a_starting_process_is_alive_and_not_ready(get):
    assert get("/healthz") == (200, "yes\n")
    assert get("/readyz") == (503, "no\n")


def test_a_check_is_asked_anew_each_time(get, answers):
    answers.update(live=False, ready=True)

    assert get("/healthz")[0] == 503
    assert get("/readyz?verbose") == (200, "yes\n")


def test_metrics_show_what_was_counted(get):
    metrics.DEAD_LETTERS.labels(reason="a reason of this test").inc()

    status, text = get("/metrics")
    assert status == 200
    assert 'loanwatch_dead_letters_total{reason="a reason of this test"} 1.0' in text


def test_another_path_says_what_is_there(get):
    assert get("/admin") == (404, "expected /healthz, /readyz or /metrics\n")


def test_a_taken_port_is_an_error_and_not_a_silent_worker():
    def yes():
        return True

    with (
        HealthServer("127.0.0.1", 0, live=yes, ready=yes) as first,
        pytest.raises(OSError, match="in use"),
    ):
        HealthServer("127.0.0.1", first.port, live=yes, ready=yes)
