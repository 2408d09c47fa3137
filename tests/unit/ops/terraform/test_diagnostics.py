"""Terraform's errors in our words."""

from pathlib import Path

from ops.terraform.diagnostics import (
    CORRECT_CODE,
    described,
    error_of,
    full_disk,
    is_disk_full,
    not_initialized,
    plain,
)
from ops.terraform.messages import Diagnostic, Messages, Totals
from ops.terraform.process import Ran

LOCK = """resource temporarily unavailable
Lock Info:
  ID:        7f7b2a8c-0f0e-b1f8-3a44-8b6b8ca8d6de
  Path:      terraform.tfstate
  Operation: OperationTypeApply
  Who:       jane@laptop
  Version:   1.6.6
  Created:   2026-11-29 02:00:00 UTC
  Info:
"""


def ended(*errors: Diagnostic, other: tuple[str, ...] = (), has_begun: bool = True, status: int = 1) -> Ran:
    said = Messages(diagnostics=list(errors), other=list(other), planned=Totals(), has_begun=has_begun)
    return Ran(status, said)


def an_error(summary: str, **more: object) -> Diagnostic:
    return Diagnostic(is_error=True, summary=summary, **more)  # type: ignore[arg-type]


def test_an_error_of_the_code_names_file_and_line() -> None:
    found = an_error("Missing required argument", detail='The argument\n  "x" is required.', file="main.tf", line=12)
    text = described(found)
    assert text == 'infrastructure/terraform/main.tf line 12: Missing required argument: The argument "x" is required.'


def test_an_error_of_aws_names_the_resource_too() -> None:
    found = an_error("creating it: denied", address="module.s3.aws_s3_bucket.data", file="modules/s3/main.tf", line=3)
    assert described(found).startswith(
        "infrastructure/terraform/modules/s3/main.tf line 3, module.s3.aws_s3_bucket.data: creating it"
    )


def test_an_error_without_a_place_is_only_its_words() -> None:
    assert described(an_error("Plugin did not respond")) == "Plugin did not respond"


def test_what_to_do_depends_on_whether_anything_was_changed() -> None:
    found = [an_error("bad")]
    before, amid = (error_of("apply", ended(*found, has_begun=begun)) for begun in (False, True))
    assert "nothing was changed" in str(before.next_step)
    assert "continues" in str(amid.next_step)
    assert "terraform apply ended with an error:\n  bad" in before.message


def test_many_errors_are_counted_and_not_all_shown() -> None:
    error = error_of("apply", ended(*(an_error(f"e{number}") for number in range(8))))
    assert "8 errors" in error.message
    assert "e4" in error.message
    assert "e5" not in error.message
    assert "and 3 more" in error.message


def test_a_crash_shows_its_last_lines() -> None:
    assert "panic: x" in error_of("apply", ended(other=("panic: x",))).message


def test_a_terraform_that_was_killed_and_said_nothing_was_killed() -> None:
    assert "it was ended by SIGKILL" in error_of("apply", ended(status=-9)).message
    assert "ended with status 3" in error_of("apply", ended(status=3)).message


def test_a_lock_names_who_holds_it_and_since_when() -> None:
    error = error_of("apply", ended(an_error("Error acquiring the state lock", detail=LOCK), has_begun=False))
    assert "apply by jane@laptop, since 2026-11-29 02:00:00 UTC" in error.message
    assert "force-unlock 7f7b2a8c-0f0e-b1f8-3a44-8b6b8ca8d6de" in str(error.next_step)


def test_a_lock_that_could_not_be_asked_for_says_why() -> None:
    error = error_of("plan", ended(an_error("Error acquiring the state lock", detail="no such table")))
    assert "no such table" in error.message


def test_frames_are_taken_off() -> None:
    assert plain("╷\n│ Error: x\n│ \n│   y\n╵\n") == "Error: x\n  y"


def test_what_exists_and_is_in_no_state_can_be_adopted() -> None:
    found = an_error("creating it", detail="api error EntityAlreadyExists: Role with name a already exists.")
    assert "terraform import" in str(error_of("apply", ended(found)).next_step)


def test_a_full_disk_is_named_whether_terraform_could_say_so_or_not(tmp_path: Path) -> None:
    lock = an_error("Error acquiring the state lock", detail="could not write lock info: no space left on device")
    for ran in (ended(lock), ended(other=("write terraform.tfstate: no space left on device",))):
        assert is_disk_full(ran, tmp_path)
        error = full_disk("apply", ran, tmp_path)
        assert f"the disk that holds {tmp_path} has no room" in error.message
        assert "continues from what exists" in str(error.next_step)
    assert not is_disk_full(ended(an_error("denied")), tmp_path)


TYPO = """
╷
│ Error: Unclosed configuration block
│
│   on modules/s3/main.tf line 4, in resource "x" "y":
│    4: resource "x" "y" {
│
│ There is no closing brace for this block before the end of the file.
╵
"""
NO_PROVIDER = "Error: Failed to query available provider packages\n\nCould not connect to registry.terraform.io"
OF_REGISTRIES = "where no registry can be reached, set TF_CLI_CONFIG_FILE"


def test_an_init_that_cannot_read_the_code_names_the_place_and_sends_nobody_to_a_registry() -> None:
    error = not_initialized(1, TYPO, OF_REGISTRIES)
    assert error.message.startswith("terraform init ended with status 1:\nError: Unclosed configuration block\n")
    assert "  on infrastructure/terraform/modules/s3/main.tf line 4, in resource" in error.message
    assert error.next_step == CORRECT_CODE
    error = not_initialized(1, NO_PROVIDER, OF_REGISTRIES)
    assert "Failed to query available provider packages" in error.message
    assert error.next_step == OF_REGISTRIES
