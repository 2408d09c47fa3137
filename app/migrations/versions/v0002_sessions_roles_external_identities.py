"""Sessions with rotating refresh tokens, roles, and users known by an identity provider."""

from alembic import op

revision = "0002"
down_revision = "0001"
RUNS = "before the code"

# argon2id of no password: who has it cannot log in with one.
UNUSABLE_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c3BlbmRzZW5zZS1ub2JvZHk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def upgrade() -> None:
    """Runs before the code: the code before it neither reads nor writes what is new."""
    op.execute("ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL")
    op.execute(
        "ALTER TABLE users ADD COLUMN role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'operator'))",
    )
    # One row for each log-in: its refresh token changes at every use, so any other token is an old one.
    op.execute(
        """
        CREATE TABLE sessions (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            secret_sha256 bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX sessions_user_id ON sessions (user_id)")
    op.execute(
        """
        CREATE TABLE external_identities (
            issuer text NOT NULL,
            subject text NOT NULL,
            user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (issuer, subject)
        )
        """
    )
    op.execute("CREATE INDEX external_identities_user_id ON external_identities (user_id)")


def downgrade() -> None:
    """All sessions end; users of an identity provider remain, without a usable password."""
    op.execute("DROP TABLE external_identities")
    op.execute("DROP TABLE sessions")
    op.execute("ALTER TABLE users DROP COLUMN role")
    op.execute(f"UPDATE users SET password_hash = '{UNUSABLE_HASH}' WHERE password_hash IS NULL")  # noqa: S608
    op.execute("ALTER TABLE users ALTER COLUMN password_hash SET NOT NULL")
