"""What people see and do: the desk's API, and the page that it serves.

    api.py          the table of what can be asked, with the right that it takes; start here
    openapi.py      the same as a document
    server.py       all parts together, as an ASGI application
    door.py         signing in and out;  asking.py  whoever is signed in;  answers/  each line
    gate.py         sessions, CSRF, origins, rates, headers: before anything else of a request
    sessions.py     who is signed in
    users.py        local users of a trial;  oidc.py, identity.py  a provider
    model.py        the read model in Redis, with what somebody may see of it
    queue.py        what now;  order.py, standing.py  the queue, kept in its order
    detail.py       one case;  links.py  who is linked to it;  trust.py  can I trust it?
    actions.py      what may be done about a case, and if not, why
    orders.py       an order, checked and signed;  ordering.py  sent, and what became of it
    bulk.py         the same of many cases
    handover.py, capacity.py
    figures.py      of the desk's work;  foresight.py, effect.py  of the watch;  shares.py
    events.py       what changed, as it changes;  audit.py  who looked and did what
    outlet.py       Kafka: what operators order, and the audit
    resolver.py     whose a token is, masked

Reads Redis, writes the topics `desk-actions` and `desk-audit`, imports `schemas` alone of ours. It
decides nothing: the fold does, and may refuse what was sent. docs/desk.md is for its users.
"""
