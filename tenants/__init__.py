"""Whose data it is: practices, staff, keys, the tenant-bound unit of work, and every SQL statement.

``uow`` is the way in: one transaction of one practice, with its stores, its sealer and its audit
events. ``store/`` holds the SQL, one file an aggregate.
"""
