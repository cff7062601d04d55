"""Who is rung when a severe case is seen by nobody, and when the watch itself is silent.

    config.py     the lender's file: outputs, levels, the dead man's signal
    rings.py      which rings are due
    messages.py   what an output is sent: webhook, e-mail, DingTalk, WeCom
    silence.py    whether the watch may be said to be alive

Pure: time comes in as an argument. The processes around it are `stream.roles.pager`.
"""
