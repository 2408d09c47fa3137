"""The fingerprint of the key with which account ids were hashed."""

from alembic import op

revision = "0010"
down_revision = "0009"
RUNS = "before the code"


def upgrade() -> None:
    """Runs before the code: a new table, which the code before it does not know.

    The ids themselves are replaced by the code, which has the key (app/transactions/account_id_conversion.py).
    """
    op.execute(
        """
        CREATE TABLE account_id_key (
            is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
            fingerprint bytea NOT NULL,
            noted_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )


def downgrade() -> None:
    """The ids stay replaced, because no key recovers the old ones."""
    op.execute("DROP TABLE account_id_key")
