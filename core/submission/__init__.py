"""Filing: which claims travel together, and the claim to the next payer."""
