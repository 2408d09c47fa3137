"""Confirmation of e-mail addresses, the tokens that prove it, and mail that is still to be sent."""

from alembic import op

revision = "0009"
down_revision = "0008"
RUNS = "before the code"


def upgrade() -> None:
    """Runs before the code: the code before it neither reads nor writes what is new."""
    op.execute("ALTER TABLE users ADD COLUMN email_verified_at timestamptz")
    # An identity provider registers users only with addresses that it has verified.
    op.execute(
        """
        UPDATE users SET email_verified_at = created_at
        WHERE password_hash IS NULL AND id IN (SELECT user_id FROM external_identities)
        """
    )
    op.execute(
        """
        CREATE TABLE mail_tokens (
            token_sha256 bytea PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            purpose text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX mail_tokens_user_id ON mail_tokens (user_id, purpose)")
    op.execute(
        """
        CREATE TABLE outgoing_mails (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            kind text NOT NULL,
            attempts int NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            next_attempt_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("CREATE INDEX outgoing_mails_user_id ON outgoing_mails (user_id)")
    op.execute("CREATE INDEX outgoing_mails_next_attempt_at ON outgoing_mails (next_attempt_at)")


def downgrade() -> None:
    """Mail that was not yet sent is dropped, and every address becomes unverified."""
    op.execute("DROP TABLE outgoing_mails")
    op.execute("DROP TABLE mail_tokens")
    op.execute("ALTER TABLE users DROP COLUMN email_verified_at")
