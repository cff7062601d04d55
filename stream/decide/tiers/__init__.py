"""How worried to be about a borrower: from open warnings and the ledger's facts to one tier.

If you are here to read, take the files in this order:

    policy.py     every number, as one checked structure; default.toml is what is shipped
    facts.py      what a look takes in: signals, facts of the ledger, what people signed
    owed.py       what the ledger says, as facts
    score.py      one vote a family, two keys for severe, floors
    traces.py     since when each warning is at its tier
    count.py      which warnings count now: hard at once, soft when held
    state.py      what is remembered: a stack of rungs, and who put them there
    scene.py      what the stages of one look share
    rungs.py      how the stack grows and shrinks
    blindness.py  time in which nobody looked
    wait.py       what the top rung waits for before it comes down
    flapping.py   what goes up and down too often is held up
    admission.py  who is to look: nobody, the machine, a person
    refusals.py   why it is not higher, or not lower
    machine.py    one look, put together of these
    words.py      the same in two languages
    records.py    as messages
    gather.py     open warnings as signals, alerts as an occasion
    stage.py      as a stage of the step
"""
