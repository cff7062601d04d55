"""The desk under load: `python -m bench.desk_load`, with a Kafka, a Valkey and Chromium of its own.

    records.py   simulated cases and warnings, as the monitor writes them
    house.py     Kafka, Valkey, desk-feed and desk, as processes
    run.py       the parts of a run
    storm.py     so many warnings a second, and when each was sent
    page.py      an operator: the real page in Chromium, and what it heard and showed, when
    relay.py     the line of one of them, to be cut
    poller.py    an operator at the API, who compares every answer with what was sent
    figures.py   times as percentiles

An outage has left a full queue; three operators sign in; warnings come by the second; one browser
is cut off for a while; then Redis loses everything. Printed is one JSON object. It ends with an
error if anything was missing or wrong; how long things took is for people to judge.
"""
