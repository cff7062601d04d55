"""Witnesses of the log: heads are kept in order, and whoever is away gets what was missed."""

import asyncio
import contextlib
import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from stream.journal.partition import Message
from stream.roles.compliance import witness as module
from stream.roles.compliance.witness import FileWitness, PartnerWitness, Witnesses
from stream.settings import Settings, SettingsError

HEADS = [json.dumps({"body": {"tree_size": n}}).encode() for n in (64, 128, 192)]


def committed(*heads):
    feed = Message("compliance-feed", 0, b"x", b"{}")
    return [feed, *(Message("compliance-heads", 0, b"64", head) for head in heads)]


async def for_a_while(witnesses, until):
    task = asyncio.create_task(witnesses.serve())
    for _ in range(200):
        await asyncio.sleep(0.01)
        if until():
            break
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


class Partner:
    """Keeps heads, and is away as often as it is told."""

    name = "partner"

    def __init__(self, away):
        self.kept, self.away = [], away

    def take(self, head):
        if self.away:
            self.away -= 1
            raise OSError("no route")
        self.kept.append(head)


def test_heads_come_in_order_to_everybody_and_nothing_else(monkeypatch):
    monkeypatch.setattr(module, "AGAIN_AFTER_S", 0.01)
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.01)
    there, away = Partner(0), Partner(3)
    away.name = "other"
    witnesses = Witnesses([there, away], "compliance-heads")
    for head in HEADS:
        witnesses.see(committed(head))
    asyncio.run(for_a_while(witnesses, lambda: len(away.kept) == 3))

    assert there.kept == away.kept == HEADS


def test_a_witness_that_stays_away_does_not_take_all_memory(monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    partner = Partner(0)
    witnesses = Witnesses([partner], "compliance-heads")
    witnesses.see(committed(*HEADS))
    asyncio.run(for_a_while(witnesses, lambda: len(partner.kept) == 2))

    assert partner.kept == HEADS[1:]


def test_a_file_gets_a_line_for_each_head(tmp_path):
    file = FileWitness(tmp_path / "witness.jsonl")
    for head in HEADS:
        file.take(head)
    lines = [json.loads(line) for line in (tmp_path / "witness.jsonl").read_text().splitlines()]

    assert [line["head"]["body"]["tree_size"] for line in lines] == [64, 128, 192]
    assert all(line["received_at"].endswith("Z") for line in lines)


@pytest.mark.parametrize(("status", "kept"), [(204, True), (200, True), (500, False), (302, False)])
def test_a_partner_has_it_once_it_has_said_so(monkeypatch, status, kept):
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()

        def plain(host, port, *, timeout, context):
            return http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=timeout)

        monkeypatch.setattr(http.client, "HTTPSConnection", plain)
        witness = PartnerWitness("https://witness.example/heads")
        with contextlib.nullcontext() if kept else pytest.raises(OSError, match="answered"):
            witness.take(HEADS[0])

    assert got == [("/heads", HEADS[0])]


@pytest.mark.parametrize("url", ["http://witness.example/", "witness.example", "https:///x"])
def test_only_an_address_of_https_is_taken(url):
    with pytest.raises(SettingsError, match="expected an address of HTTPS"):
        Witnesses.of(Settings(witness_url=url))
