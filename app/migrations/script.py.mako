"""${message}."""

from alembic import op

revision = "${up_revision}"
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Say whether it runs before or after the code that needs it, then change the schema."""
    ${upgrades if upgrades else "op.execute()"}


def downgrade() -> None:
    """Put the schema back, or say why that cannot be done."""
    ${downgrades if downgrades else "op.execute()"}
