"""The stand-in's mirror: Terraform finds it, and who looks on the disk for the real provider does not."""

from pathlib import Path

from terraform_provider.runner import mirror


def test_the_mirror_is_written_where_a_search_for_the_real_provider_does_not_look(tmp_path: Path) -> None:
    settings = mirror.write(tmp_path)
    [program] = tmp_path.rglob(f"{mirror.ADDRESS}/*/*/terraform-provider-aws_v*")
    assert ".terraform" in program.relative_to(tmp_path).parts
    assert f'path = "{program.parents[5]}"' in settings.read_text()


def test_a_program_that_another_terraform_may_be_starting_is_not_written_in_place(tmp_path: Path) -> None:
    """The system refuses to start a file that is open for writing: "text file busy"."""
    mirror.write(tmp_path)
    [program] = tmp_path.rglob("terraform-provider-aws_v*")
    before = program.stat()
    mirror.write(tmp_path)
    assert program.stat() == before
    with program.open() as older:
        program.write_text("#!/bin/sh\n# of an older version\n")
        mirror.write(tmp_path)
        assert older.read().endswith("older version\n")
    assert program.read_text() == mirror.launcher()
    assert program.stat().st_mode & mirror.EXECUTABLE == mirror.EXECUTABLE
    assert {each.name for each in tmp_path.iterdir()} == {".terraform", "terraform.rc"}
