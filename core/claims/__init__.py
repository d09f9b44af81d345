"""Claims: the parties, the claim value, its lifecycle, its snapshots, and grouping charges into claims."""
