"""Puts Part 2 rows apart, one by one, until it is killed: ``HOME URL CONTEXT_KEY TENANT``."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

from tenants.keyring import LocalKeyring
from tenants.keys import TenantKeys
from tenants.part_two import set_apart
from tenants.practice_secrets import PracticeSecrets
from tenants.session import make_engine
from tenants.uow import utc_now


def main() -> None:
    home, url, context_key, tenant_id = sys.argv[1:]
    keyring = LocalKeyring.open(Path(home), database_has_keys=True)
    keys = TenantKeys(keyring, PracticeSecrets(Path(home)))

    def say(_what: str, done: int, _of: int) -> None:
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()

    owner = make_engine(url, context_key=context_key, pool_size=1)
    set_apart(owner, keys, UUID(tenant_id), now=utc_now, progress=say, batch_rows=1)


if __name__ == "__main__":
    main()
