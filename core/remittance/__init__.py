"""Remittances: the 835 as values, the balance proof, matching to claims, and the posting plan."""
