"""Amounts with the digits of every currency, and notes on accepted rows in an upload's report."""

from alembic import op

revision = "0004"
down_revision = "0003"
RUNS = "before the code"


def upgrade() -> None:
    """Runs before the code: the column takes what it took before, and the new one has a default."""
    # Without a scale the column keeps the digits of each amount. It was numeric(14, 2); no row is rewritten.
    op.execute("ALTER TABLE transactions ALTER COLUMN amount TYPE numeric")
    op.execute("ALTER TABLE uploads ADD COLUMN notes jsonb NOT NULL DEFAULT '[]'")


def downgrade() -> None:
    """Notes are deleted; amounts are rounded to two decimals."""
    op.execute("ALTER TABLE uploads DROP COLUMN notes")
    op.execute("ALTER TABLE transactions ALTER COLUMN amount TYPE numeric(14, 2)")
