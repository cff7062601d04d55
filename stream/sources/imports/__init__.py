"""Public data sets as our events and labels. The sets themselves are no part of the project.

    tables.py         reads their files, and says where one is not laid out as expected
    uci_taiwan.py     card clients of a Taiwanese bank
    superlender.py    returning customers of a Nigerian online lender
    cumcm2020c.py     sales and purchase invoices of Chinese small firms
    online_retail.py  the sale lines of one British web shop

An adapter reads what was known at the time and nothing else: no label, nothing derived from
one, and no personal attribute. Where a set has no hours, they are ours and the event says so.
"""
