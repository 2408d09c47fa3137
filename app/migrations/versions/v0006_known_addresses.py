"""Addresses that have logged in to an account, as hashes: wrong passwords from elsewhere do not lock them out."""

from alembic import op

revision = "0006"
down_revision = "0005"
RUNS = "before the code"


def upgrade() -> None:
    """Runs before the code: the code before it neither reads nor writes the table."""
    op.execute(
        """
        CREATE TABLE known_addresses (
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            address_hash bytea NOT NULL,
            last_log_in_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (user_id, address_hash)
        )
        """
    )


def downgrade() -> None:
    """All addresses count as new until they log in again."""
    op.execute("DROP TABLE known_addresses")
