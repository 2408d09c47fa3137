"""Facts about sessions that users see: when and where each was last used, and when the user last authenticated."""

from alembic import op

revision = "0008"
down_revision = "0007"
RUNS = "before the code"


def upgrade() -> None:
    """Runs before the code: the code before it leaves the columns empty."""
    op.execute("ALTER TABLE sessions ADD COLUMN last_used_at timestamptz")
    op.execute("ALTER TABLE sessions ADD COLUMN user_agent text")
    op.execute("ALTER TABLE sessions ADD COLUMN network text")
    # Empty: not known. The user then has to authenticate again.
    op.execute("ALTER TABLE sessions ADD COLUMN authenticated_at timestamptz")


def downgrade() -> None:
    """Sessions remain, without these facts."""
    for column in ("last_used_at", "user_agent", "network", "authenticated_at"):
        op.execute(f"ALTER TABLE sessions DROP COLUMN {column}")
