"""Forms drawn from a type: fields from a JSON schema, and what was typed back into strict JSON."""
