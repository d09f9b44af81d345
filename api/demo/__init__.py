"""The demonstration: the whole cycle for four practices, on real parts, from an empty database."""
