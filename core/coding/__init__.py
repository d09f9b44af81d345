"""From an encounter and its charges to claim drafts."""
