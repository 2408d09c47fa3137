"""A plan in an account that has nothing yet finds errors before an apply does."""

import json
import shutil
from pathlib import Path

import pytest

from ops.cost.plan_endpoint import Zone, plan_endpoint
from ops.cost.terraform import LOCAL_BACKEND, Workspace, arguments, checked, hosted_zones
from ops.errors import CouldNotPlan
from ops.terraform.program import SOURCE
from tests.terraform.plan import Plan
from tests.terraform.planning import CERTIFICATE, program, words, workspace

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def infrastructure(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both roots, initialized."""
    workspace()  # skips without Terraform or a provider
    copy = tmp_path_factory.mktemp("first") / "infrastructure"
    shutil.copytree(SOURCE.parent, copy, ignore=shutil.ignore_patterns(".terraform*"))
    for root in ("terraform", "bootstrap"):
        (copy / root / "zz_override.tf").write_text(LOCAL_BACKEND)
        checked(Workspace([program()], copy / root).run("init", "-input=false", "-no-color"))
    return copy


@pytest.mark.parametrize("root", ["terraform", "bootstrap"])
def test_T6_nothing_is_planned_with_the_credentials_of_another_account(infrastructure: Path, root: str) -> None:
    given = ['-var=allowed_account_ids=["999999999999"]', *(arguments("dev") if root == "terraform" else [])]
    with plan_endpoint() as endpoint, pytest.raises(CouldNotPlan, match="AWS account ID not allowed: 123456789012"):
        Workspace([program()], infrastructure / root).plan(endpoint, given)


def test_T6_a_release_that_rds_does_not_offer_is_refused_before_anything_is_made(infrastructure: Path) -> None:
    with plan_endpoint(withdrawn=["16.10"]) as endpoint, pytest.raises(CouldNotPlan, match="aws_rds_orderable_db_inst"):
        Workspace([program()], infrastructure / "terraform").plan(endpoint, arguments("dev"))


def test_T6_a_trust_policy_longer_than_iam_takes_is_refused_before_anything_is_made(infrastructure: Path) -> None:
    roles = json.dumps([f"arn:aws:iam::123456789012:role/people/on-call-{number}" for number in range(45)])
    with plan_endpoint() as endpoint, pytest.raises(CouldNotPlan) as refused:
        Workspace([program()], infrastructure / "terraform").plan(endpoint, arguments("dev", [f"operators={roles}"]))
    assert "operators: the trust policy of spendsense-dev-operate would have" in words(str(refused.value))
    assert "Name one role that these people assume" in words(str(refused.value))


def test_E9_nothing_starts_before_there_is_an_image(infrastructure: Path) -> None:
    """The other plans are of a deployment that has been deployed to; this one is the first."""
    with plan_endpoint() as endpoint:
        plan = Plan("dev", Workspace([program()], infrastructure / "terraform").plan(endpoint, arguments("dev")))
    assert plan.one("aws_ecs_service")["desired_count"] == 0
    # Unknown until the parameter is made, and 0 as long as nobody has deployed (test_apply.py).
    assert "min_capacity" not in plan.one("aws_appautoscaling_target").values


def test_E6_while_a_certificate_is_made_nothing_but_its_arn_is_unknown(infrastructure: Path) -> None:
    """Terraform treats an unknown value as changed: listeners that use it would be replaced with each certificate."""
    given = arguments("dev", ["hosted_zone_id=Z2FDTNDATAQYW2", "public_url=https://api.example.com"])
    with plan_endpoint(hosted_zones=hosted_zones(given)) as endpoint:
        plan = Plan("dev", Workspace([program()], infrastructure / "terraform").plan(endpoint, given))
    listener = plan.one("aws_lb_listener", "production")
    assert (listener["protocol"], listener["port"]) == ("HTTPS", 443)
    assert "certificate_arn" not in listener.values
    assert plan.one("terraform_data", "protocol")["input"] == "HTTPS"
    assert plan.one("aws_lb")["tags"]["https"] == "true"


def test_E8_no_set_time_starts_tasks_before_there_is_an_image(infrastructure: Path) -> None:
    schedule = '{noon={schedule="cron(0 12 ? * * *)",min_capacity=1,max_capacity=2}}'
    with plan_endpoint() as endpoint:
        ready = Workspace([program()], infrastructure / "terraform")
        plan = Plan("dev", ready.plan(endpoint, arguments("dev", [f"scheduled_scaling={schedule}"])))
    # Unknown until the parameter is made, and none as long as nobody has deployed (test_apply.py).
    (limits,) = plan.one("aws_appautoscaling_scheduled_action")["scalable_target_action"]
    assert limits == {"max_capacity": "2"}


def test_T6_an_api_gateway_that_serves_is_not_lost_by_the_way(infrastructure: Path) -> None:
    ready = Workspace([program()], infrastructure / "terraform")
    with plan_endpoint(gateways=["spendsense-dev", "other"]) as endpoint:
        with pytest.raises(CouldNotPlan, match="The API Gateway spendsense-dev is serving"):
            planned_text(ready, endpoint, arguments("dev"))
        for variable in ("api_gateway_enabled=true", "interruption_allowed=true"):
            planned_text(ready, endpoint, arguments("dev", [variable]))


def of_the_deployment(directory: Path) -> str:
    """Make the state of spendsense-dev; return the argument that names it."""
    first = {"name": "spendsense-dev", "aws_region": "us-west-1", "vpc_cidr": "10.1.0.0/16"}
    remembered = {"value": first, "type": ["object", dict.fromkeys(first, "string")]}
    attributes = {"id": "1", "input": remembered, "output": remembered, "triggers_replace": None}
    resource = {
        "mode": "managed",
        "type": "terraform_data",
        "name": "belongs_to",
        "provider": 'provider["terraform.io/builtin/terraform"]',
        "instances": [{"schema_version": 0, "attributes": attributes}],
    }
    state = directory / "made.tfstate"
    created = {"version": 4, "terraform_version": "1.6.6", "serial": 1, "lineage": "made-up", "outputs": {}}
    state.write_text(json.dumps({**created, "resources": [resource]}))
    return f"-state={state}"


def test_T7_a_state_stays_with_its_deployment(infrastructure: Path, tmp_path: Path) -> None:
    ready = Workspace([program()], infrastructure / "terraform")
    with plan_endpoint() as endpoint:
        planned_text(ready, endpoint, [*arguments("dev"), of_the_deployment(tmp_path)])


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        (
            "owner_id=jane",
            "This state belongs to spendsense-dev, but environment and owner_id now name spendsense-dev-jane",
        ),
        ("aws_region=eu-west-1", "This state belongs to a deployment in us-west-1; an apply in eu-west-1"),
        ("vpc_cidr=10.9.0.0/16", "The VPC has 10.1.0.0/16; another vpc_cidr (10.9.0.0/16) would replace it"),
    ],
)
def test_T7_a_state_stays_that_of_its_deployment(
    infrastructure: Path, tmp_path: Path, variable: str, message: str
) -> None:
    ready = Workspace([program()], infrastructure / "terraform")
    with plan_endpoint() as endpoint, pytest.raises(CouldNotPlan) as refused:
        planned_text(ready, endpoint, [*arguments("dev", [variable]), of_the_deployment(tmp_path)])
    assert message in words(refused.value.message)


def planned_text(ready: Workspace, endpoint: str, given: list[str]) -> str:
    """Terraform's own words, of a plan that it makes."""
    return words(checked(ready.run("plan", "-input=false", "-lock=false", "-no-color", *given, endpoint=endpoint)))


def test_manual_snapshots_that_end_with_the_key_are_listed_unless_the_key_stays(infrastructure: Path) -> None:
    ready = Workspace([program()], infrastructure / "terraform")
    kept, automatic = (f"arn:aws:rds:us-west-1:123456789012:snapshot:{name}" for name in ("before", "rds:daily"))
    lost = "these manual snapshots of the database cannot be restored"
    with plan_endpoint(snapshots=[kept, automatic]) as endpoint:
        printed = planned_text(ready, endpoint, arguments("dev"))
        assert lost in printed
        assert kept in printed.replace(" ", "")
        protected = arguments("dev", ["key_deletion_protection=true"])
        assert lost not in planned_text(ready, endpoint, protected)
        plan = Plan("dev", ready.plan(endpoint, protected))
    assert "kms:ScheduleKeyDeletion" in plan.one("aws_kms_key")["policy"]
    assert plan.one("aws_db_instance", "this", "rds")["deletion_protection"] is False
    with plan_endpoint(snapshots=[automatic]) as endpoint:
        assert lost not in planned_text(ready, endpoint, arguments("dev"))


def test_a_zone_keeps_what_a_public_url_promises(infrastructure: Path) -> None:
    ready = Workspace([program()], infrastructure / "terraform")
    given = arguments("dev", ["public_url=https://api.example.com", "hosted_zone_id=Z2FDTNDATAQYW2"])
    with plan_endpoint(hosted_zones=hosted_zones(given)) as endpoint:
        planned_text(ready, endpoint, given)


ZONE = """
module "NUMBER" {
  source          = "./modules/dns"
  name            = "spendsense-dev"
  host            = "api.example.com"
  hosted_zone_id  = "ZNUMBER"
  certificate_arn = CERTIFICATE
  load_balancer   = { dns_name = "lb.example.net", zone_id = "Z368ELLRRE2KJ0" }
}
"""


def test_T6_a_zone_that_cannot_have_the_hosts_record_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    workspace()  # skips without Terraform or a provider
    wrong, private = "and public_url's host api.example.com is not in it", "is a private zone"
    names = {"org": "example.org.", "below": "www.api.example.com.", "beside": "ample.com.", "inner": "example.com."}
    zones = [Zone(zone_id=f"Z{each}", name=name, is_private=each == "inner") for each, name in names.items()]
    zones += [Zone(zone_id="Zapex", name="api.example.com."), Zone(zone_id="Zparent", name="example.com.")]
    root = 'provider "aws" { region = "us-west-1" }\n' + "".join(
        ZONE.replace("ZNUMBER", each.zone_id)
        .replace("NUMBER", each.zone_id[1:])
        .replace("CERTIFICATE", json.dumps(CERTIFICATE.partition("=")[2]) if each.zone_id == "Zorg" else "null")
        for each in zones
    )
    (tmp_path / "main.tf").write_text(root)
    shutil.copytree(SOURCE / "modules" / "dns", tmp_path / "modules" / "dns")
    ready = Workspace([program()], tmp_path)
    checked(ready.run("init", "-input=false", "-no-color"))
    with plan_endpoint(hosted_zones=zones) as endpoint, pytest.raises(CouldNotPlan) as refused:
        planned_text(ready, endpoint, [])
    message = words(refused.value.message)
    for each in zones:
        assert (f"hosted_zone_id {each.zone_id} is" in message) == (each.zone_id not in ("Zapex", "Zparent")), message
    assert message.count(wrong) == 3
    assert message.count(private) == 1
