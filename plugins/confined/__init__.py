"""A partner's plugin in a process of its own: facts go in, findings come out, nothing else."""
