"""Unexpected failures are named with their place in the code, without values of the request."""

from localcloud.moto.failures import MOST, Failures


def failing(secret: str) -> ValueError:
    try:
        int(secret)
    except ValueError as error:
        return error
    raise AssertionError(secret)


def test_a_failure_is_counted_and_named_without_what_was_asked() -> None:
    failures = Failures()
    for _ in range(2):
        failures.add("ec2 AllocateAddress", failing("secret"))
    report = failures.report()["ec2 AllocateAddress"]
    assert report.startswith("2x ValueError in ")
    assert "secret" not in report


def test_only_the_newest_operations_are_kept() -> None:
    failures = Failures()
    for number in range(MOST + 5):
        failures.add(f"s3 Operation{number:03}", failing("x"))
    assert len(failures.report()) == MOST
    assert "s3 Operation000" not in failures.report()
