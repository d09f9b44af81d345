"""Judging a claim before it leaves: findings, the platform's own edits, and the loop over them."""
