"""What a plugin is given of a claim: what it asked for, and nothing else."""
