"""Uploads that take longer than a request: their remaining work, which task does it, and how it ended."""

from alembic import op

revision = "0005"
down_revision = "0004"
RUNS = "before the code"


def upgrade() -> None:
    """Runs before the code: every new column has a default or may be empty."""
    op.execute(
        """
        ALTER TABLE announced_uploads
            ADD COLUMN state text NOT NULL DEFAULT 'announced' CHECK (state IN ('announced', 'processing', 'refused')),
            ADD COLUMN on_error text NOT NULL DEFAULT 'fail' CHECK (on_error IN ('fail', 'skip')),
            ADD COLUMN rules jsonb NOT NULL DEFAULT '{}',
            ADD COLUMN leased_until timestamptz,
            ADD COLUMN attempts integer NOT NULL DEFAULT 0,
            ADD COLUMN problem jsonb
        """
    )
    op.execute(
        "CREATE INDEX announced_uploads_leased_until ON announced_uploads (leased_until) WHERE state = 'processing'"
    )


def downgrade() -> None:
    """Uploads in progress end; their announcements remain."""
    op.execute("DROP INDEX announced_uploads_leased_until")
    op.execute(
        """
        ALTER TABLE announced_uploads
            DROP COLUMN state, DROP COLUMN on_error, DROP COLUMN rules, DROP COLUMN leased_until,
            DROP COLUMN attempts, DROP COLUMN problem
        """
    )
