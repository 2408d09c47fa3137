"""Users, uploads and transactions."""

from alembic import op

revision = "0001"
down_revision = None
RUNS = "before the code"


def upgrade() -> None:
    """Runs before the code: nothing existed."""
    op.execute(
        """
        CREATE TABLE users (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            email text NOT NULL UNIQUE CHECK (email = lower(email)),
            password_hash text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute(
        """
        CREATE TABLE uploads (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
            storage_key text NOT NULL,
            size_bytes bigint NOT NULL,
            row_count integer NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            UNIQUE (user_id, sha256)
        )
        """
    )
    # id: derived from the row's content (app/transactions/identity.py), so one user's rows merge by it.
    # amount: Plaid's sign, positive is money out.
    op.execute(
        """
        CREATE TABLE transactions (
            user_id uuid NOT NULL,
            id uuid NOT NULL,
            upload_id uuid NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
            account_id text NOT NULL,
            transaction_id text,
            date date NOT NULL,
            amount numeric(14, 2) NOT NULL,
            currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
            merchant_name text,
            payment_channel text NOT NULL,
            category text NOT NULL,
            pending boolean NOT NULL,
            PRIMARY KEY (user_id, id)
        )
        """
    )
    op.execute("CREATE INDEX transactions_upload_id ON transactions (upload_id)")
    op.execute("CREATE INDEX transactions_user_id_date ON transactions (user_id, date)")


def downgrade() -> None:
    """Back to an empty database; its data goes with it."""
    op.execute("DROP TABLE transactions")
    op.execute("DROP TABLE uploads")
    op.execute("DROP TABLE users")
