"""What was done, provably.

``event`` says what an audit event is, ``store`` writes it in the transaction it belongs to,
``sequencer`` gathers the events of each practice into a Merkle tree and signs it, ``log`` and
``verify`` check it, ``bundle`` hands it out. ``logging`` is the other kind of log, free of health
information by construction.
"""
