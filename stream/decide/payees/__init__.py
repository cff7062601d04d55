"""Who else is paid out where a borrower's settlements have gone since a change (domain.md X12).

state   what one partition knows: who has turned to which payee, and the counts over all
stage   what an event, a tick and crossing's answer change
"""
