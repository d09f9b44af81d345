"""The pages over HTTP: the app, who is signed in, what is let through, and the routes.

``app.create_app(runtime)`` is the way in. A handler is a plain function run in a thread; it opens
one transaction of one practice and returns a page. ``api/web`` holds what a page looks like.
"""
