"""Signed actions of operators: who it is, whether it may be, and what comes of it.

    said.py     an action as it is read
    act.py      one about a borrower, or a case
    apart.py    one about a restricted case
    told.py     what is told of it

Whatever is forged, or signed by somebody who may not, changes nothing: a decision and a health
record say so. What somebody who may was refused, since another was first or the case is not where
it was thought to be, is a line in the case's history. Everything about the restricted lane stays
in it.
"""
