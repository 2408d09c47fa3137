"""${message}."""

from alembic import op

revision = "${up_revision}"
down_revision = ${repr(down_revision)}
# "before the code": adds what new code needs and running code can ignore. "after the code": removes what no
# running code uses any longer, one release later. One migration never does both.
# A statement may run for 2 minutes, and waits 4 s for a lock (app/migrations/upgrade.py). One that takes longer, such as
# CREATE INDEX CONCURRENTLY, sets its own limit: op.execute("SET LOCAL statement_timeout = '1h'").
RUNS = "before the code"


def upgrade() -> None:
    """Say why running code does not notice."""
    ${upgrades if upgrades else "op.execute()"}


def downgrade() -> None:
    """Put the schema back, or say why that cannot be done."""
    ${downgrades if downgrades else "op.execute()"}
