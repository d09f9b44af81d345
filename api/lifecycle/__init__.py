"""How a practice leaves: export, legal hold, retention, destruction (docs/decisions/0029)."""
