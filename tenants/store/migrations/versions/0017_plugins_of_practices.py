"""The life of a plugin at a practice: every step kept, what was tried in shadow, what failed.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

from alembic import op

from tenants.store.migrations.front_door import watched

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# What was switched on when a practice was made becomes the first step of its plugin: columns with
# a default are given to old rows without touching them, and the defaults go again. ``guards`` are
# what rules that fail closed touch, for the day their plugin cannot be loaded; null: unknown.
_STEPS = (
    "ALTER TABLE practice_plugin DROP CONSTRAINT practice_plugin_tenant_id_plugin_key",
    """
    ALTER TABLE practice_plugin
      ADD COLUMN place integer NOT NULL DEFAULT 1 CHECK (place > 0),
      ADD COLUMN act text NOT NULL DEFAULT 'enabled'
        CHECK (act IN ('enabled', 'disabled', 'settings', 'shadowed', 'unshadowed', 'promoted',
                       'rolled_back', 'stopped')),
      ADD COLUMN mode text NOT NULL DEFAULT 'live' CHECK (mode IN ('live', 'shadow')),
      ADD COLUMN state text NOT NULL DEFAULT 'on' CHECK (state IN ('on', 'off', 'stopped')),
      ADD COLUMN version text NOT NULL DEFAULT '',
      ADD COLUMN sees text NOT NULL DEFAULT '',
      ADD COLUMN guards jsonb,
      ADD COLUMN said_by uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
      ADD COLUMN role text NOT NULL DEFAULT 'system',
      ADD COLUMN said_at timestamptz NOT NULL DEFAULT now(),
      ADD CHECK (enabled_until IS NULL OR enabled_from IS NULL OR enabled_from <= enabled_until),
      ADD CHECK (mode = 'live' OR state <> 'stopped')
    """,
    """
    ALTER TABLE practice_plugin
      ALTER COLUMN place DROP DEFAULT, ALTER COLUMN act DROP DEFAULT,
      ALTER COLUMN mode DROP DEFAULT, ALTER COLUMN state DROP DEFAULT,
      ALTER COLUMN said_by DROP DEFAULT, ALTER COLUMN role DROP DEFAULT,
      ADD UNIQUE (tenant_id, plugin, place)
    """,
    "REVOKE UPDATE, DELETE ON practice_plugin FROM claimwright_app",
    (
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON practice_plugin"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    "ALTER TABLE practice_plugin ENABLE ALWAYS TRIGGER append_only",
)

TENANT_TABLES = {
    # A field of a plugin's settings that nobody reads back; sealed.
    "plugin_secret": """
      plugin text NOT NULL,
      field text NOT NULL,
      value bytea NOT NULL,
      set_by uuid NOT NULL,
      set_at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, plugin, field)
    """,
    # How often what of a plugin failed, by business day and the step that put it to work. No claim
    # and no words: what a plugin's exception says might name a patient.
    "plugin_fault": """
      entry_id uuid NOT NULL,
      plugin text NOT NULL,
      version text NOT NULL,
      day date NOT NULL,
      rule text NOT NULL,
      hook text NOT NULL,
      kind text NOT NULL,
      faults bigint NOT NULL CHECK (faults > 0),
      first_at timestamptz NOT NULL,
      last_at timestamptz NOT NULL,
      UNIQUE (tenant_id, entry_id, day, rule, hook, kind),
      FOREIGN KEY (tenant_id, entry_id) REFERENCES practice_plugin (tenant_id, id)
    """,
    # A claim as it was judged a second time, with the plugin that is being tried in the book.
    "shadow_claim": """
      entry_id uuid NOT NULL,
      claim_id uuid NOT NULL,
      claim_version integer NOT NULL,
      was_held boolean NOT NULL,
      would_hold boolean NOT NULL,
      charge_cents bigint NOT NULL,
      judged_on date NOT NULL,
      microseconds bigint NOT NULL CHECK (microseconds >= 0),
      shadow_microseconds bigint NOT NULL CHECK (shadow_microseconds >= 0),
      at timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant_id, entry_id, claim_id, claim_version),
      FOREIGN KEY (tenant_id, entry_id) REFERENCES practice_plugin (tenant_id, id),
      FOREIGN KEY (tenant_id, claim_id) REFERENCES claim
    """,
    # Where both judgements differ. Words of a finding are left out: they may speak of a patient.
    "shadow_finding": """
      entry_id uuid NOT NULL,
      claim_id uuid NOT NULL,
      claim_version integer NOT NULL,
      place smallint NOT NULL,
      rule text NOT NULL,
      rule_version text NOT NULL,
      line_no smallint,
      reason text NOT NULL DEFAULT '' CHECK (reason IN ('', 'rule_failed')),
      severity_live text NOT NULL CHECK (severity_live IN ('', 'reject', 'deny', 'warn', 'info')),
      severity_shadow text NOT NULL
        CHECK (severity_shadow IN ('', 'reject', 'deny', 'warn', 'info')),
      CHECK (severity_live <> severity_shadow),
      FOREIGN KEY (tenant_id, entry_id, claim_id, claim_version)
        REFERENCES shadow_claim (tenant_id, entry_id, claim_id, claim_version)
    """,
}

APPEND_ONLY = ("shadow_claim", "shadow_finding")

INDEXES = (
    "CREATE INDEX ON plugin_fault (tenant_id, plugin, day)",
    "CREATE INDEX ON shadow_claim (tenant_id, claim_id)",
    "CREATE INDEX ON shadow_finding (tenant_id, entry_id, claim_id, claim_version)",
)


def upgrade() -> None:
    for statement in _STEPS:
        op.execute(statement)
    for name, columns in TENANT_TABLES.items():
        tie = "" if "FOREIGN KEY" in columns else " REFERENCES practice"
        op.execute(
            f"CREATE TABLE {name} (tenant_id uuid NOT NULL{tie}, id uuid NOT NULL,"
            f" {columns.strip()}, PRIMARY KEY (tenant_id, id))"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {name} USING (tenant_id = (SELECT current_tenant()))"
            " WITH CHECK (tenant_id = (SELECT current_tenant()))"
        )
        op.execute(f"GRANT SELECT, INSERT ON {name} TO claimwright_app")
    op.execute("GRANT UPDATE, DELETE ON plugin_secret TO claimwright_app")
    op.execute("GRANT UPDATE ON plugin_fault TO claimwright_app")
    for statement in INDEXES:
        op.execute(statement)
    for name in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER append_only")
    for statement in watched(*TENANT_TABLES):
        op.execute(statement)
