"""What an export says about itself."""

from __future__ import annotations

README = """\
WHAT IS IN THIS FOLDER

It holds health information in the clear. Move it encrypted, and delete what you no longer need.

CONTENTS.txt          every file with its SHA-256, and the rows of each table; signed with the key
                      of the installation's audit log (a C2SP signed note)
<table>.ndjson        one JSON object a line, UTF-8. Ids are UUIDs and link the tables; amounts
                      are whole cents; days are YYYY-MM-DD; times are in UTC. What was sealed in
                      the database (body, snapshot, reason) stands opened under the same name.
files/exchange_file/  claim files and answers, byte for byte as they were exchanged (X12)
files/statement/      patient statements as they were issued (PDF)
ledger.csv            every posting of the double-entry ledger; a debit is positive, every entry
                      sums to zero
ledger-totals.csv     the balance of each account; ledger.csv adds up to it
audit/                the audit log with its signed checkpoints; python audit/verify.py audit
                      checks it with nothing but Python and the package cryptography
accounting.ndjson     (export of a patient) what was done with the records, newest first

Psychotherapy notes (45 CFR 164.501) are never part of an export. Records of a substance use
disorder program (42 CFR Part 2) are part of it only when they were asked for; then a notice lies
beside them.
"""

REDISCLOSURE_NOTICE = """\
42 CFR part 2 prohibits unauthorized use or disclosure of these records.
"""
