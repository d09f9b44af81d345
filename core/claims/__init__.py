"""Claims: parties, the claim value, its lifecycle, and grouping charges into claims."""
