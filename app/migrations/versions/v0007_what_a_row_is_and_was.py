"""Details and former states of rows, accounts, and more of an upload's report."""

from alembic import op

revision = "0007"
down_revision = "0006"
RUNS = "before the code"


def upgrade() -> None:
    """Runs before the code: new columns have defaults or may be empty, so the code before it can still write rows."""
    add_details_of_rows()
    create_versions()
    create_accounts()
    add_results_of_uploads()


def add_details_of_rows() -> None:
    op.execute(
        """
        ALTER TABLE transactions
            ALTER COLUMN id SET DEFAULT gen_random_uuid(),
            ADD COLUMN detailed_category text,
            ADD COLUMN original_name text,
            ADD COLUMN memo text,
            ADD COLUMN transaction_type text,
            ADD COLUMN pending_transaction_id text
        """
    )


def create_versions() -> None:
    """Create the former states of rows that were updated, replaced, or removed by the bank. `id` is the row's."""
    op.execute(
        """
        CREATE TABLE transaction_versions (
            number bigint GENERATED ALWAYS AS IDENTITY,
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            id uuid NOT NULL,
            upload_id uuid NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
            ended_at timestamptz NOT NULL DEFAULT now(),
            fate text NOT NULL CHECK (fate IN ('updated', 'replaced', 'removed')),
            account_id text NOT NULL,
            transaction_id text,
            date date NOT NULL,
            amount numeric NOT NULL,
            currency text NOT NULL,
            merchant_name text,
            payment_channel text NOT NULL,
            category text NOT NULL,
            user_category text,
            pending boolean NOT NULL,
            detailed_category text,
            original_name text,
            memo text,
            transaction_type text,
            pending_transaction_id text,
            PRIMARY KEY (user_id, number)
        )
        """
    )
    op.execute("CREATE INDEX transaction_versions_user_id_id ON transaction_versions (user_id, id)")
    op.execute("CREATE INDEX transaction_versions_upload_id ON transaction_versions (upload_id)")


def create_accounts() -> None:
    op.execute(
        """
        CREATE TABLE accounts (
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            account_id text NOT NULL,
            type text,
            subtype text,
            name text,
            PRIMARY KEY (user_id, account_id)
        )
        """
    )


def add_results_of_uploads() -> None:
    # reading: by which generation of the readers the file was read last (app/uploads/formats/reading.py).
    op.execute(
        """
        ALTER TABLE uploads
            ADD COLUMN updated integer NOT NULL DEFAULT 0,
            ADD COLUMN removed integer NOT NULL DEFAULT 0,
            ADD COLUMN money jsonb NOT NULL DEFAULT '[]',
            ADD COLUMN reading integer NOT NULL DEFAULT 0
        """
    )


def downgrade() -> None:
    """Rows keep their current state; their former states are deleted."""
    op.execute("ALTER TABLE uploads DROP COLUMN updated, DROP COLUMN removed, DROP COLUMN money, DROP COLUMN reading")
    op.execute("DROP TABLE accounts")
    op.execute("DROP TABLE transaction_versions")
    op.execute(
        """
        ALTER TABLE transactions
            ALTER COLUMN id DROP DEFAULT,
            DROP COLUMN detailed_category,
            DROP COLUMN original_name,
            DROP COLUMN memo,
            DROP COLUMN transaction_type,
            DROP COLUMN pending_transaction_id
        """
    )
