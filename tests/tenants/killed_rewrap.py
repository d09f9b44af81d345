"""Rewraps a practice row by row until it is killed: ``killed_rewrap.py HOME URL TENANT``."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import UUID

from tenants.keyring import LocalKeyring
from tenants.keys import TenantKeys
from tenants.practice_secrets import PracticeSecrets
from tenants.rotation import rewrap
from tenants.session import make_engine
from tenants.uow import utc_now


def main() -> None:
    home, url, tenant_id = Path(sys.argv[1]), sys.argv[2], UUID(sys.argv[3])
    keyring = LocalKeyring.open(home, database_has_keys=True)
    keys = TenantKeys(keyring, PracticeSecrets(home))

    def say(_what: str, done: int, _of: int) -> None:
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()

    rewrap(make_engine(url), keys, tenant_id, now=utc_now, progress=say, batch_rows=1)


if __name__ == "__main__":
    main()
