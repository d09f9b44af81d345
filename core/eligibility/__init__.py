"""Eligibility and authorization: what the payer says before the service."""
