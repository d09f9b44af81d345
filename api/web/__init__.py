"""What a page looks like: templates, our style and script, and how values are written for people.

Nothing here knows about HTTP or the database. ``rendering.Pages`` turns a template and values into
a page; a template escapes what it shows because its name ends in ``.html``.
"""
