"""What code stumbled over is named with its place, without a value of a request."""

from localcloud.moto.stumbles import MOST, Failures


def failing(secret: str) -> ValueError:
    try:
        int(secret)
    except ValueError as error:
        return error
    raise AssertionError(secret)


def test_a_failure_is_counted_and_named_without_what_was_asked() -> None:
    stumbles = Failures()
    for _ in range(2):
        stumbles.add("ec2 AllocateAddress", failing("secret"))
    told = stumbles.told()["ec2 AllocateAddress"]
    assert told.startswith("2x ValueError in ")
    assert "secret" not in told


def test_only_the_newest_operations_are_kept() -> None:
    stumbles = Failures()
    for number in range(MOST + 5):
        stumbles.add(f"s3 Operation{number:03}", failing("x"))
    assert len(stumbles.told()) == MOST
    assert "s3 Operation000" not in stumbles.told()
