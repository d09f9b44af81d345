"""Denials: what a payer refused, why in our own words, and what to do by when."""
