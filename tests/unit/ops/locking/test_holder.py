"""The names of a lock's holder."""

from ops.aws.clients import Aws
from ops.locking.holder import has_ended, holder_of, run_url_of, this_process

RUN = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/spendsense",
    "GITHUB_RUN_ID": "17",
}


def test_the_run_of_a_workflow_has_a_page() -> None:
    assert run_url_of(RUN) == "https://github.com/acme/spendsense/actions/runs/17"
    assert run_url_of({**RUN, "GITHUB_RUN_ID": ""}) == ""


def test_a_holder_is_read_as_it_was_written(scripted: Aws) -> None:
    me = this_process(scripted)
    assert holder_of(me.as_item()) == me
    assert not has_ended(me, me)
    assert f"process {me.pid} on {me.host}" in str(me)
