"""The texts of mail, in plain text. Nothing in them comes from a user, so nobody can have us send their words."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """The purpose of a mail."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a mail
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - as above


class Text(NamedTuple):
    """A mail without its addresses."""

    subject: str
    body: str


LIFETIMES = {Kind.VERIFY_EMAIL: timedelta(hours=24), Kind.RESET_PASSWORD: timedelta(hours=1)}
"""Lifetimes of the tokens in mails; other mails contain none."""

SUBJECTS = {
    Kind.VERIFY_EMAIL: "Confirm your e-mail address",
    Kind.RESET_PASSWORD: "Choose a new password",
    Kind.PASSWORD_CHANGED: "Your password was changed",
}
BODIES = {
    Kind.VERIFY_EMAIL: """\
Someone registered at SpendSense with this e-mail address. If it was you, enter this code where you are logged in:

{token}

It works once, within 24 hours. If it was not you, do nothing: without the code the address is not confirmed.
""",
    Kind.RESET_PASSWORD: """\
Someone requested a new password for your SpendSense account. If it was you, enter this code with the new password:

{token}

It works once, within an hour, and logs you out everywhere. If it was not you, do nothing: your password stays as it is.
Do not give the code to anyone, whoever asks for it.
""",
    Kind.PASSWORD_CHANGED: """\
The password of your SpendSense account was changed. All other sessions have ended.

If it was not you, request a new password immediately, and make sure that no one else can read your mail.
""",
}


def text_of(kind: Kind, token: str | None) -> Text:
    """Render the mail, with its token if it has one."""
    return Text(f"SpendSense: {SUBJECTS[kind]}", BODIES[kind].format(token=token))
