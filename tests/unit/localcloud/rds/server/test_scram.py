"""PostgreSQL's stored form of a password."""

import base64

from localcloud.rds.server import scram


def test_the_verifier_is_the_one_of_rfc_7677() -> None:
    # The RFC's example: user "pencil", salt and iteration count as in its exchange.
    verifier = scram.verifier("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
    assert verifier == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


def test_a_verifier_matches_its_password_only() -> None:
    verifier = scram.verifier("first-password")
    assert scram.matches(verifier, "first-password")
    assert not scram.matches(verifier, "other-password")
    assert verifier != scram.verifier("first-password")  # salted
