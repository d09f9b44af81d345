"""The revenue cycle as pure functions over frozen values.

One folder a step of the cycle; ``usecases`` tells the story. Nothing here reads a clock, a file,
the environment, the network, a database or a source of randomness: such things arrive as
arguments or through ``core.ports``.
"""
