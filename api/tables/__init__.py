"""Published tables on disk: the store of releases, and loading into it."""
