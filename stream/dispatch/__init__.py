"""The last gate, pure: may this trigger be sent now, by this executor, and what is it told.

    switch.py     the kill switch, as the signed control records say
    triggers.py   the triggers of one partition: the record of each with the highest ordinal
    grants.py     the permits of one partition, and what limits further ones
    refusals.py   every reason for which a permit is refused, and what to do about it
    gate.py       a request and all of the above in, a permit or a refusal out
    executors.py  who may ask, and for what
    webhooks.py   what is pushed to an executor: body, signature, when to try again

Nothing here proposes: `step` does (architecture.md 2). Here a proposal can only be refused.
Nothing here reads a clock or Kafka; `stream.roles.dispatch` does.
"""
