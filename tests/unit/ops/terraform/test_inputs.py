"""The digest of an apply's inputs."""

from pathlib import Path

from ops.terraform.inputs import code_files, digest


def test_a_digest_differs_with_content_name_and_texts(tmp_path: Path) -> None:
    one = tmp_path / "a.tf"
    one.write_text("x")
    first = digest(tmp_path, [one])
    assert digest(tmp_path, [one]) == first
    assert digest(tmp_path, [one], ["more"]) != first
    assert digest(tmp_path, [one], ["a", "b"]) != digest(tmp_path, [one], ["ab"])
    one.write_text("y")
    assert digest(tmp_path, [one]) != first
    one.write_text("x")
    assert digest(tmp_path, [one.rename(tmp_path / "b.tf")]) != first


def test_only_what_terraform_reads_is_code(tmp_path: Path) -> None:
    read = {"main.tf", "modules/a/main.tf", "environments/dev.tfvars", "environments/dev.s3.tfbackend"}
    for name in (*read, ".terraform/x.tf", "README.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = {str(path.relative_to(tmp_path)) for path in code_files(tmp_path)}
    assert found == read
