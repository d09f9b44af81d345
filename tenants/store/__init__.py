"""All SQL of the application, one file an aggregate.

A store's methods take and return ``core`` values and plain Python; rows stay private to the file.
SQL is written as SQL, with bound parameters; no statement is put together from input.
"""
