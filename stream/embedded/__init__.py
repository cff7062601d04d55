"""Kafka and Redis for one machine: the real servers, without Docker, root or a system Java.

They serve the demo, the tests and a first trial. `KAFKA_BOOTSTRAP` and `REDIS_URL` point at
real clusters instead; nothing outside this room and `loanwatch broker` knows the difference.

    kafka.py, kafka_config.py   one Kafka node in a folder of the caller's choice
    redis.py                    one Valkey or Redis, likewise
    java.py                     a Java that can run Kafka
    jars.py          the folder of its jars: pinned (pins.py, kafka.lock), fetched once
    fetch.py, maven.py          fetching them, and from where; renew.py makes a new lock
    ownership.py, processes.py  what both servers share: claimed folders, ports, watchers, stopping
"""
