"""The key that signs whom a transaction speaks for: renewed, and given to a restored database."""

from __future__ import annotations

from pathlib import Path

from api import bootstrap
from api.bootstrap import Runtime
from api.settings import Settings
from tenants.postgres import DatabaseUrls, drop_database, open_database, renew_context_key
from tenants.postgres.address import address_of_url
from tenants.session import is_believed, make_engine
from tenants.store.schema import migrate


def test_a_renewed_key_signs_at_once_and_the_one_before_holds_until_the_next(
    shared: DatabaseUrls, shared_home: Path
) -> None:
    """And a database whose keys are of another time is given the installation's."""
    file = shared_home / "database.json"
    as_it_was = file.read_bytes()
    urls = open_database(shared_home, database_url=None, name="renewed", durable=False)
    assert urls.context_key == shared.context_key
    migrate(urls)
    keys = [urls.context_key]
    try:
        for _ in range(2):
            pair = renew_context_key(shared_home, database_url=None, durable=False)
            assert pair[1] == keys[-1]
            keys.append(pair[0])
            urls = open_database(shared_home, database_url=None, name="renewed", durable=False)
            assert urls.context_key == pair[0]
            migrate(urls, believe_only=pair)
        assert [believed(urls, key) for key in keys] == [False, True, True]
        with address_of_url(urls.migrator).connect() as owner:
            owner.execute("DELETE FROM context_key")
        running = Runtime(Settings(home=shared_home), urls)
        try:
            assert not believed(urls, keys[-1])
            bootstrap._check_context(running)
            assert [believed(urls, key) for key in keys] == [False, False, True]
        finally:
            running.close()
    finally:
        file.write_bytes(as_it_was)
        drop_database(shared, "renewed")


def believed(urls: DatabaseUrls, key: str) -> bool:
    engine = make_engine(urls.app, context_key=key, pool_size=1)
    try:
        return is_believed(engine)
    finally:
        engine.dispose()
