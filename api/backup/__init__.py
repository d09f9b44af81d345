"""Backups: made, put back, proven and rehearsed (docs/decisions/0028)."""
