"""Every way in and out: command line, pages, HTTP, worker, file transports, documents, wiring.

``bootstrap`` is the one place where things are wired together.
"""
