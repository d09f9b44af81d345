"""X12 005010: one engine, guides as data. Pure: bytes in, values out, and back.

The engine
    ``syntax``: segments out of bytes and back, separators, binary segments. ``envelope``: ISA, GS,
    ST and their ends. ``kinds``: which transactions a file holds. ``guides``: the tables, one file
    a guide: loops, segments, elements, codes, situations, code sources. ``walk``: which row of its
    guide a segment is. ``elements``: days, amounts, quantities. ``rewrite``: segments written
    again, byte for byte.

Loops
    ``loops``: any transaction as loops, whole or a loop at a time; ``moves``: which way a segment
    leads. ``typed``: elements as values of their type. ``unit_sums``: whether a claim adds up.
    ``places``: each segment with the loops around it.

The check
    ``check``: a whole file, ``check(data) -> FileReport``. ``transaction_check``: one transaction.
    ``rows``: one segment (SNIP 1, 2). ``balance``: sums (3). ``situations`` with
    ``situation_notation`` and ``situation_judges...`` (4). ``code_check`` with ``code_judges`` and
    ``icd_edition`` (5). ``profiles``: partners (7). ``observers``: what may watch while the check
    walks; ``check_options``: who does. ``check_plan``: what is known of a guide beforehand.
    ``report`` and ``report_words``: what was found. ``error_list``: how much of it is kept.

Answers of ours
    ``acknowledgements``: 999 and TA1, read and written (``verdicts``, ``ack_codes``).
    ``claim_answers`` with ``claim_fault_codes``: the 277CA on a checked 837. ``answers``: the
    envelope of the way back. ``written``: what we write, checked before it leaves.

For people and programs
    ``show``: a file in words, or a segment at a time as JSON. ``claim_json``: a claim at a time.
    ``explain`` (``explained``, ``explain_payers``, ``explain_remittance``): answers in sentences.
    ``diff``: what differs between two files. ``code_words``: codes in words.

Transactions as values
    ``claims_reader`` (``claims_read...``) and ``claims_writer`` (``claims_write...``): 837P, 837I,
    837D; ``claims_limits``, ``claims_form_facts`` and ``claims_loops`` say what a form can carry.
    ``remittance_reader`` (``remittance_...``) and ``remittance_writer``: 835. ``cas``: adjustments,
    the same in both. ``claim_status``: 277CA (``claim_status_...``).
    ``eligibility_reader`` and ``..._writer``: 270 and 271. ``claim_inquiry_...``: 276 and 277.
    ``inquiry_reading`` and ``inquiry_writing``: what those four share. ``authorization_...``: 278.
    ``attachment_reader`` and ``..._writer``: 275.

A later transaction adds one file of tables in ``guides`` and one reader or writer; the engine
stays as it is.
"""
