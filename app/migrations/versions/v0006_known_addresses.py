"""Addresses that have logged in to an account, as hashes: nobody else's wrong passwords keep them out."""

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
    """Every address is new again until it logs in."""
    op.execute("DROP TABLE known_addresses")
