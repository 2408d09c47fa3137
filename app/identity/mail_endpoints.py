"""POST /api/v1/auth/verify-email, /verify-email/resend, /forgot-password and /reset-password."""

from http import HTTPStatus

from fastapi import APIRouter, Depends

from app.identity import email_verification, password_reset
from app.identity.attempts import LogInAttempt
from app.identity.bearer import CurrentUserId
from app.identity.resources import IdentityResourcesDep
from app.identity.schemas import ForgottenPassword, MailedToken, MailRequested, NewPasswordByToken, User
from app.platform import api
from app.platform.errors import NotFoundError
from app.platform.problems import documented


def mail_is_on(resources: IdentityResourcesDep) -> None:
    """Check that mail is configured. Errors: NotFoundError when the deployment sends no mail."""
    if resources.sender.mailer is None:
        raise NotFoundError("This deployment does not send mail (MAIL_FROM is not set), so it cannot verify addresses")


router = APIRouter(
    prefix=f"{api.PREFIX}/auth",
    tags=["identity"],
    dependencies=[Depends(mail_is_on)],
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)


@router.post("/verify-email", responses=documented(HTTPStatus.UNAUTHORIZED))
async def verify_email(
    body: MailedToken, user_id: CurrentUserId, resources: IdentityResourcesDep, _: LogInAttempt
) -> User:
    """Confirm the e-mail address with the code mailed at registration: it works once, within 24 hours.

    Without a confirmed address, a user can neither request a new password by mail nor log in through an identity
    provider that has verified the same address. Everything else works.
    """
    return await email_verification.verify(resources, user_id, body.token)


@router.post("/verify-email/resend", status_code=HTTPStatus.ACCEPTED, responses=documented(HTTPStatus.UNAUTHORIZED))
async def resend(user_id: CurrentUserId, resources: IdentityResourcesDep, _: LogInAttempt) -> MailRequested:
    """Request another code by mail, at most three an hour; if the address is already confirmed, nothing is sent."""
    await email_verification.ask_again(resources, user_id)
    return MailRequested()


@router.post("/forgot-password", status_code=HTTPStatus.ACCEPTED)
async def forgot_password(body: ForgottenPassword, resources: IdentityResourcesDep, _: LogInAttempt) -> MailRequested:
    """Request a code by mail that sets a new password: it works once, within an hour.

    The response is the same, and equally fast, whether the account exists or not. Mail goes to accounts with a password
    and a confirmed address, at most three an hour.
    """
    password_reset.begin(resources, body.email)
    return MailRequested()


@router.post("/reset-password", status_code=HTTPStatus.NO_CONTENT)
async def reset_password(body: NewPasswordByToken, resources: IdentityResourcesDep, _: LogInAttempt) -> None:
    """Set a new password with the mailed code. Ends every session, and notifies the owner by mail."""
    await password_reset.reset(resources, body.token, body.password.get_secret_value())
