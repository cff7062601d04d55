"""How far the feeds have come: what absence may be concluded from, and what may not.

    declared.py    what is expected of each feed, with the defaults of its stream
    state.py       what ticks and verdicts have said so far; a part of the position
    watermarks.py  what later stages ask: how far has that which feeds this borrower come?
    wait.py        what a timer waits for
    waits.py       timers: which are over, in which order
    dates.py       what this partition has of each business date, and crossing's verdict on it
    counting.py    one event, counted once, for its business date
    watch.py       what is wrong with a feed, told once: silence, broken totals, a clock ahead
    stage.py       these, as the book folds broadcast records

A feed is what one source says on one stream. Event times never move a watermark; unknown is not
zero, and nothing is concluded from it (architecture.md 4).
"""
