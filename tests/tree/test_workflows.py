"""The workflows: what starts them, what may ship, with which rights. `make check` checks their form."""

import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
STAGES = ("dev", "staging", "prod")
ON_MAIN = "github.event_name == 'push' && github.ref == 'refs/heads/main'"


def read(name: str) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true.
    text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()
    parsed: dict[str, Any] = yaml.safe_load(re.sub(r"^on:", '"on":', text, flags=re.MULTILINE))
    return parsed


def commands(job: dict[str, Any]) -> str:
    return "\n".join(step["run"] for step in job.get("steps", []) if "run" in step)


def test_D1_deploy_starts_on_push_and_pull_request_to_main() -> None:
    assert read("deploy")["on"] == {"push": {"branches": ["main"]}, "pull_request": {"branches": ["main"]}}


def test_D2_build_and_deploy_only_on_main_and_only_after_the_tests() -> None:
    jobs = read("deploy")["jobs"]
    assert set(jobs) == {"test", "build", *STAGES, "report"}
    assert "needs" not in jobs["test"]
    assert jobs["build"]["needs"] == "test"
    assert jobs["build"]["if"] == ON_MAIN
    assert "docker buildx build" in (ROOT / "scripts" / "push-image").read_text()
    for before, stage in pairwise(["build", *STAGES]):
        assert jobs[stage]["needs"] == before
        assert jobs[stage]["if"].startswith(ON_MAIN)


def test_each_stage_gets_the_image_that_served_in_the_one_before() -> None:
    jobs = read("deploy")["jobs"]
    for before, stage in pairwise(["build", *STAGES]):
        image = f"needs.{before}.outputs.image"
        assert jobs[stage]["uses"] == "./.github/workflows/ship.yml"
        assert jobs[stage]["with"] == {"environment": stage, "image": f"${{{{ {image} }}}}"}
        assert jobs[stage]["if"].endswith(f"{image} != ''")


def test_D3_settings_name_registry_tag_cluster_and_service() -> None:
    build, ship = read("deploy")["jobs"]["build"], read("ship")["jobs"]["ship"]
    assert {read(name)["env"]["IMAGE_TAG"] for name in ("deploy", "ship")} == {"${{ github.sha }}"}
    assert "ECR_REGISTRY" in build["env"]
    assert {"CLUSTER_NAME", "SERVICE_NAME"} <= ship["env"].keys()
    assert '"$ECR_REGISTRY/$ECR_REPOSITORY" "$IMAGE_TAG"' in commands(build)
    assert '--image "$IMAGE" --commit "$IMAGE_TAG"' in commands(ship)


def test_one_deployment_at_a_time_in_each_environment_and_none_is_dropped_without_a_word() -> None:
    job = read("ship")["jobs"]["ship"]
    assert job["concurrency"] == {"group": "ship-${{ inputs.environment }}", "cancel-in-progress": False}
    report = read("deploy")["jobs"]["report"]
    assert report["needs"] == ["build", *STAGES]
    assert report["if"].startswith("always() && ")
    assert "a later commit took its place" in commands(report)
    assert job["environment"]["name"] == "${{ inputs.environment }}"
    # A run on main waits for no other run, in which a third one would replace it.
    assert "github.run_id" in read("deploy")["concurrency"]["group"]


def test_only_an_image_that_this_run_has_built_is_signed_and_every_stage_checks_the_signature() -> None:
    build, ship = read("deploy")["jobs"]["build"], read("ship")["jobs"]["ship"]
    (signs,) = (step for step in build["steps"] if "actions/attest@" in step.get("uses", ""))
    assert signs["if"].endswith("steps.push.outputs.built == 'true' && env.SIGNS == 'true'")
    assert signs["with"]["subject-digest"] == "${{ steps.push.outputs.digest }}"
    names = [step.get("run", "") for step in ship["steps"]]
    checks = names.index('python scripts/check-provenance "$ENVIRONMENT" "$IMAGE"')
    assert "scripts/ship" in names[checks + 1]
    assert ship["steps"][checks]["if"] == "steps.set-up.outputs.ready == 'true' && env.SIGNS == 'true'"
    assert read("deploy")["env"]["SIGNS"] == read("ship")["env"]["SIGNS"]


def test_what_is_not_set_up_yet_is_skipped_and_said() -> None:
    for path in WORKFLOWS:
        for name, job in read(path.stem)["jobs"].items():
            steps = job.get("steps", [])
            if "scripts/is-set-up" not in commands(job):
                assert path.stem in {"terraform", "rollback"} or name in {"test", "report"} or not steps
                continue
            asked = next(number for number, step in enumerate(steps) if step.get("id") == "set-up")
            assert all("ready == 'true'" in step["if"] for step in steps[asked + 1 :]), name


def test_a_plan_leaves_limits_of_scaling_that_a_schedule_has_set() -> None:
    steps = commands(read("terraform")["jobs"]["plan"]).splitlines()
    told = steps.index('python ../../scripts/schedule-in-force "$ENVIRONMENT" > schedule.auto.tfvars.json')
    assert steps[told + 1].startswith("terraform plan ")


def test_drift_is_looked_for_each_night_and_staging_is_recovered_each_month() -> None:
    workflow = read("scheduled")
    drift, drill = workflow["jobs"]["drift"], workflow["jobs"]["drill"]
    for each in workflow["on"]["schedule"]:
        assert sum(each["cron"] in job["if"] for job in (drift, drill)) == 1
    # The role of a plan only reads.
    assert drift["environment"] == "${{ matrix.environment }}-plan"
    assert drill["environment"] == "staging-drill"
    assert "ops.cli.main drift --env" in commands(drift)
    assert "ops.cli.main recover --env staging" in commands(drill)


def test_D6_the_workflow_runs_pytest_and_pylint_by_the_entries_people_use() -> None:
    steps = commands(read("deploy")["jobs"]["test"]).splitlines()
    assert {"make check", "make test", "make test-long"} <= set(steps)
    for entry, command in [("check", "pylint app/"), ("test", "-m pytest"), ("test-long", "-m pytest")]:
        planned = subprocess.run(
            ["make", "--dry-run", "--always-make", entry], cwd=ROOT, check=True, capture_output=True, text=True
        )
        assert command in planned.stdout


def test_a_rollback_is_started_by_hand_and_waits_for_no_deploy() -> None:
    workflow = read("rollback")
    assert set(workflow["on"]) == {"workflow_dispatch"}
    assert workflow["concurrency"]["group"] == "rollback-${{ inputs.environment }}"
    job = workflow["jobs"]["rollback"]
    assert job["env"]["SPENDSENSE_ENV"] == "${{ inputs.environment }}"
    assert job["environment"] == "${{ inputs.environment }}-operate"  # whose role ships nothing new
    assert 'ops.cli.main rollback ${REVISION:+--to "$REVISION"}' in commands(job)


def published_actions(path: Path) -> list[str]:
    """Return what a workflow uses of others."""
    return [each for each in re.findall(r"uses: (.*)", path.read_text()) if not each.startswith("./")]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_a_full_commit_and_names_its_version(path: Path) -> None:
    uses = published_actions(path)
    assert uses
    for each in uses:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


def test_an_action_has_one_version_in_all_workflows() -> None:
    uses = {each for path in WORKFLOWS for each in published_actions(path)}
    assert len(uses) == len({each.partition("@")[0] for each in uses})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_has_a_time_limit_and_no_right_it_does_not_need(path: Path) -> None:
    workflow = read(path.stem)
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow or path.stem == "ship"  # whose job has one
    for name, job in workflow["jobs"].items():
        if "uses" in job:  # one of ship.yml, which may do what that one may
            assert job["permissions"] == read("ship")["jobs"]["ship"]["permissions"]
            continue
        assert job["timeout-minutes"] <= 90, name
        reaches_aws = any("configure-aws-credentials" in step.get("uses", "") for step in job["steps"])
        reads = any("actions/checkout" in step.get("uses", "") for step in job["steps"])
        wanted = ({"contents": "read"} if reads else {}) | ({"id-token": "write"} if reaches_aws else {})
        if any("actions/attest@" in step.get("uses", "") for step in job["steps"]):
            wanted["attestations"] = "write"
        elif "check-provenance" in commands(job):
            wanted["attestations"] = "read"
        assert job["permissions"] == wanted, name
        # AWS trusts a job by its GitHub environment.
        assert ("environment" in job) == reaches_aws, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_stored_secret_and_no_text_of_an_event_in_a_script(path: Path) -> None:
    text = path.read_text()
    assert "secrets." not in text
    for job in read(path.stem)["jobs"].values():
        assert "${{" not in commands(job)


def test_terraform_applies_on_main_the_plan_that_was_shown_behind_an_environment() -> None:
    jobs = read("terraform")["jobs"]
    assert jobs["plan"]["needs"] == "check"
    assert jobs["apply"]["needs"] == "plan"
    assert jobs["apply"]["if"] == ON_MAIN
    assert jobs["apply"]["environment"] == "${{ matrix.environment }}-apply"
    assert jobs["apply"]["strategy"]["max-parallel"] == 1
    assert "terraform apply -lock-timeout=5m plan.out" in commands(jobs["apply"])
    assert "fmt -check" in commands(jobs["check"])
    assert "terraform validate" in commands(jobs["check"])


def test_terraform_is_1_6_6_everywhere() -> None:
    versions = re.findall(r"terraform_version: (\S+)", "".join(path.read_text() for path in WORKFLOWS))
    assert versions
    assert set(versions) == {"1.6.6"}
