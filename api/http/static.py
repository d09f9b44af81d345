"""Our own style, script and icons, from memory: a name is looked up, no path is ever opened."""

from __future__ import annotations

from litestar import Response, get

from api.http.sessions import NOTHING_HERE, PUBLIC, PageRequest, house_of
from core.errors import NotFoundError

# The address holds the digest of all files, so a new version is a new address.
_FOREVER = "public, max-age=31536000, immutable"


@get("/static/{version:str}/{name:str}", opt={"access": PUBLIC}, sync_to_thread=False)
def static_file(request: PageRequest) -> Response[bytes]:
    """One of our files; any version gives the present one."""
    pages = house_of(request).pages
    found = pages.files.get(request.path_params["name"])
    if found is None:
        raise NotFoundError(NOTHING_HERE)
    cache = _FOREVER if request.path_params["version"] == pages.version else "no-store"
    return Response(
        content=found.body, media_type=found.media_type, headers={"cache-control": cache}
    )
