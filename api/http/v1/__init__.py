"""The interface for programs, ``/api/v1``: JSON over the same use cases as the pages.

A token says who asks (``callers``); its scopes say what, and which classes of fields. A session's
cookie is nothing here, and a token is nothing on a page. ``docs/api.md`` is made from the handlers.
"""
