"""The demo: the real house on one machine, fed by the simulator, watched in a terminal.

    stage.py    embedded Kafka and Redis, topics, keys, rules, go-live, the roles
    watch.py    reads what goes in and what comes out, as anybody could
    screen.py   shows it

Everything in it is simulated and says so; nothing but the data differs from production.
"""
