"""Reports of uploads, files announced before they are sent, categories users chose, versions of users' data."""

from alembic import op

revision = "0003"
down_revision = "0002"
RUNS = "before the code"


def upgrade() -> None:
    """Runs before the code: every new column has a default, so the code before it can still write rows."""
    op.execute(
        """
        ALTER TABLE uploads
            ADD COLUMN format text NOT NULL DEFAULT 'csv' CHECK (format IN ('csv', 'json', 'ofx')),
            ADD COLUMN accepted integer NOT NULL DEFAULT 0,
            ADD COLUMN rejected integer NOT NULL DEFAULT 0,
            ADD COLUMN rejections jsonb NOT NULL DEFAULT '[]'
        """
    )
    op.execute(
        "UPDATE uploads SET accepted = (SELECT count(*) FROM transactions WHERE transactions.upload_id = uploads.id)"
    )
    op.execute("CREATE INDEX uploads_user_id_created_at_id ON uploads (user_id, created_at, id)")
    op.execute("ALTER TABLE transactions ADD COLUMN user_category text")
    # The order of the list of transactions, whose pages begin after a (date, id).
    op.execute("CREATE INDEX transactions_user_id_date_id ON transactions (user_id, date, id)")
    op.execute("DROP INDEX transactions_user_id_date")
    # Counts the changes of a user's transactions: a result computed from one version is valid for that version only.
    op.execute("ALTER TABLE users ADD COLUMN data_version bigint NOT NULL DEFAULT 0")
    op.execute(
        """
        CREATE TABLE announced_uploads (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
            size_bytes bigint NOT NULL,
            storage_key text NOT NULL,
            expires_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX announced_uploads_user_id ON announced_uploads (user_id)")


def downgrade() -> None:
    """Rows remain; categories users chose, reports and unfinished uploads are deleted."""
    op.execute("DROP TABLE announced_uploads")
    op.execute("ALTER TABLE users DROP COLUMN data_version")
    op.execute("CREATE INDEX transactions_user_id_date ON transactions (user_id, date)")
    op.execute("DROP INDEX transactions_user_id_date_id")
    op.execute("ALTER TABLE transactions DROP COLUMN user_category")
    op.execute("DROP INDEX uploads_user_id_created_at_id")
    op.execute(
        """
        ALTER TABLE uploads
            DROP COLUMN format, DROP COLUMN accepted, DROP COLUMN rejected, DROP COLUMN rejections
        """
    )
