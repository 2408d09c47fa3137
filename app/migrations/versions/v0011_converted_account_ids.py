"""The account ids that were once stored without their user in the hash."""

from alembic import op

revision = "0011"
down_revision = "0010"
RUNS = "before the code"


def upgrade() -> None:
    """Runs before the code: a new table, which the code before it does not know.

    account_id: the current id, so that this table does not contain the former one (app/transactions/account_ids.py).
    """
    op.execute(
        """
        CREATE TABLE converted_account_ids (
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            account_id text NOT NULL,
            PRIMARY KEY (user_id, account_id)
        )
        """
    )


def downgrade() -> None:
    """The ids stay converted. Files with ids of the former form count as other accounts from now on."""
    op.execute("DROP TABLE converted_account_ids")
