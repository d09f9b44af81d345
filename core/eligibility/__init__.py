"""Eligibility: what is asked of a payer (270), what it answers (271), and what that means."""
