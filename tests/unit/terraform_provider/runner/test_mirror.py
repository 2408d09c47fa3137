"""The stand-in's mirror: Terraform finds it, and who looks on the disk for the real provider does not."""

from pathlib import Path

from terraform_provider.runner import mirror


def test_the_mirror_is_written_where_a_search_for_the_real_provider_does_not_look(tmp_path: Path) -> None:
    settings = mirror.write(tmp_path)
    [program] = tmp_path.rglob(f"{mirror.ADDRESS}/*/*/terraform-provider-aws_v*")
    assert ".terraform" in program.relative_to(tmp_path).parts
    assert f'path = "{program.parents[5]}"' in settings.read_text()
