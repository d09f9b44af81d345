"""Rules as values: what a plugin, a practice or the platform states, compiled into a rule book."""
