"""The commands, one file a group. Each has ``add(subparsers)`` and functions that return a status.

Exit status: 0 done, 1 done with problems found, 2 it could not be done.
"""
