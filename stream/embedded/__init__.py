"""Kafka and Redis for one machine: the real servers, without Docker, root or a system Java.

They serve the demo, the tests and a first trial. `KAFKA_BOOTSTRAP` and `REDIS_URL` point at
real clusters instead; nothing outside this room and `loanwatch broker` knows the difference.

    jars.py, maven.py   fetch Kafka's pinned jars once, checked against `kafka.lock`
    java.py             find a Java to run them
    kafka.py, redis.py  start one server in a folder of the caller's choice
    processes.py        what both have in common: claimed folders, watchers, stopping
"""
