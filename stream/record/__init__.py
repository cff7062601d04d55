"""The record that nobody can rewrite: hashes, a Merkle log, signed heads, and their verifier.

Pure. What is written into the log is `stream.compliance`'s affair.

    canonical.py   RFC 8785, so that a record has one text, and the leaf that is made of it
    merkle.py      RFC 6962: root, growing frontier, proofs of inclusion and of consistency
    heads.py       what is signed of the log, and the text that is signed
    stamps.py      time stamps of heads by an authority (RFC 3161)
    verify.py      the auditor's verifier: one file that imports nothing of ours
"""
