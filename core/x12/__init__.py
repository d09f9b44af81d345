"""X12 005010: one engine, guides as data. Pure: bytes in, values out, and back.

=====================  ==============================================================
``syntax``             segments out of bytes and back, separators, amounts
``envelope``           ISA, GS, ST and their ends around transactions
``kinds``              which transactions a file holds
``guides``             the tables: loops, segments, elements, codes, one file a guide
``walk``               which row of its guide a segment is
``rows``               one segment against its row
``balance``            the sums of claims and remittances
``transaction_check``  one transaction: walk, rows, balances
``check``              a whole file: ``check(data) -> FileReport``
``report``             what a check found, and its JSON form
``acknowledgements``   999 and TA1, read and written (``verdicts``, ``ack_codes``)
``show``               a file for people, or as JSON
``claims_reader``      837P, 837I, 837D to claims; ``claims_writer`` the way back
``remittance_reader``  835 to remittances; ``remittance_writer`` the way back
``claim_status``       277CA, read and written
``eligibility_reader`` 270 and 271 to ``core.eligibility``; ``eligibility_writer`` the way back
``claim_inquiry_...``  276 and 277: ``values``, ``reader``, ``writer``
=====================  ==============================================================

A later transaction adds one file of tables in ``guides`` and one reader or writer; the engine
stays as it is.
"""
