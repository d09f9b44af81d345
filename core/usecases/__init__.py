"""One function a use: (unit of work, command, values of the rim) -> result. Read them as the story.

``intake`` -> ``prepare`` -> ``submit`` -> ``acknowledge`` -> ``post`` -> ``bill_next_payer`` ->
``bill_patients``; ``work_claim`` is what a biller does in between.
"""
