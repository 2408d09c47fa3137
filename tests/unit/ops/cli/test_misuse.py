"""Wrong arguments are refused before anything is asked: where no local cloud runs, and no account answers."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.unit.ops.command_tree import commands

WRONG = [
    ("up --env prod", "`up` works only on this machine; prod is on AWS"),
    ("up --port 8090 --listener-port 8090", "--port and --listener-port are both 8090"),
    ("up --like local", "should be one of dev, staging, prod, found 'local'"),
    ("up --like dev --env like-prod", "--like dev and --env like-prod name two environments"),
    ("plan --like prod --env dev", "--like prod and --env dev name two environments"),
    ("drift --like prd", "should be one of dev, staging, prod, found 'prd'"),
    ("destroy --like dev --var owner", "should be NAME=VALUE, found 'owner'"),
    ("up --like dev --provider google", "should be one of stand-in, aws, found 'google'"),
    ("down --env prod", "`down` stops environments on this machine; prod is on AWS"),
    ("status --env nowhere", "'--env'"),
    ("history --limit 0", "'--limit'"),
    ("permissions --env dev", "only the local cloud records its decisions"),
    ("promote --to prod", "promote needs either --from or --image"),
    ("promote --from staging --to prod --image r@sha256:{d}", "promote needs either --from or --image"),
    ("promote --from prod --to prod", "--from and --to both name prod"),
    ("promote --from like-staging --to prod", "an image of this machine is no container image"),
    ("promote --image repository:v1 --to prod", "should be pinned by digest"),
    ("promote --from staging", "'--to'"),
    ("deploy --image r@sha256:{d} --tag v1", "--image names the image to deploy, so --tag would be ignored"),
    ("deploy --image r@sha256:{d} --source .", "--image names the image to deploy, so --source would be ignored"),
    ("deploy --image r@sha256:{d} --tag v1 --source .", "--tag and --source would be ignored"),
    ("deploy --image r:latest", "should be pinned by digest"),
    ("deploy --source . --tag sha256:{d}", "a digest names an existing image"),
    ("deploy --env dev --source .", "images for dev are not built by this command"),
    ("deploy --env dev --source . --tag v1", "images for dev are not built by this command"),
    ("deploy --env dev", "builds images for local only"),
    ("deploy --env prod --dry-run", "builds images for local only"),
    ("build --env dev", "builds images for local only"),
    ("build --env dev --source .", "builds images for local only"),
    ("deploy --strategy rolling --bake-time-minutes 1", "a rolling deployment has no such setting"),
    ("deploy --strategy canary --step-percent 10", "a canary deployment has no such setting"),
    ("deploy --step-percent 10 --canary-percent 5", "no strategy has all of these settings"),
    ("rollback --strategy rolling --bake-time-minutes 1", "a rolling deployment has no such setting"),
    ("recover --abandon --to 1h", "--abandon restores nothing, so --to would be ignored"),
    ("recover --abandon --only files --revision 3", "--only and --revision would be ignored"),
    ("recover --only service --to 1h", "--only service restores none"),
    ("recover --only database --revision 3", "--only database does not start the service"),
    ("recover --only files", "--only files needs --to"),
    ("recover --only files --only service --dry-run", "--only files needs --to"),
    ("recover --to yesterday", "should be a time with its time zone, or an age"),
    ("recover --to 2026-01-10T11:30:00", "should be a time with its time zone, or an age"),
    ("recover --to 4000d", "should be ten years at most"),
    ("recover --to 2999-01-01T00:00:00Z", "should be in the past"),
    ("recover --env prod --to 10", "should be a time with its time zone, or an age"),
    ("drill --env prod", "so it does not run on prod"),
    ("drill --write-for 900", "should be shorter than the whole drill may take, 900 s"),
    ("scale --suspend --resume", "was given more than once"),
    ("scale --min 4 --max 2", "the minimum of 4 tasks is above the maximum of 2"),
    ("scale --env prod --min 4 --max 2", "spendsense scale --env prod --min 4 --max 4"),
    ("scale --min 4 --desired 2", "--desired 2 is outside the requested bounds: --min 4"),
    ("scale --max 4 --desired 5", "--desired 5 is outside the requested bounds: --max 4"),
    ("run --detach --timeout 5 -- true", "--detach does not wait"),
    ("cost --plan plan.json --var a=b", "use only one of them"),
    ("cost --plan no-such-plan.json", "should be a readable file"),
    ("cost --usage requests_million=many", "should be NAME=NUMBER"),
    ("cost --usage requests_million=-1", "should be a number of 0 or more"),
    ("cost --usage no_such=1", "should be one of"),
    ("cost --env local", "costs nothing"),
    ("logs --task a --stream b", "was given more than once"),
    ("logs --since 10", "--since 10: should be a number followed by s, m, h or d"),
    ("logs --since yesterday --env prod", "--since yesterday: should be a number followed by s, m, h or d"),
    ("logs --since 4000d", "should be ten years at most"),
    ("secrets init --oauth no-such-file", "no-such-file cannot be read"),
    ("secrets init --env prod --oauth /", "--oauth: / cannot be read: Is a directory"),
    ("secrets init --oauth .", "{here} cannot be read: Is a directory"),
    ("secrets init --oauth ''", "'--oauth': should be a path, found an empty text"),
    ("cost --plan .", "--plan .: should be a readable file"),
    ("deploy --source /", "'--source': should be a source tree of this project, but /app/main.py is missing"),
    ("deploy --source docs --dry-run", "{here}/docs/app/main.py is missing"),
    ("build --source docs", "{here}/docs/app/main.py is missing"),
    ("up --source docs", "{here}/docs/app/main.py is missing"),
    ("up --source ''", "'--source': should be a path, found an empty text"),
    ("deploy --strategy fast", "'--strategy': should be one of rolling, blue-green, linear, canary, found 'fast'"),
    ("recover --only tables", "'--only': should be one of database, files, service, found 'tables'"),
    ("rollback --to 0", "'--to': should be 1 or more, found '0'"),
    ("rollback --to last", "'--to': should be a whole number, found 'last'"),
    ("deploy --step-percent 120", "'--step-percent': should be 100 or less, found '120'"),
    ("deploy --timeout soon", "'--timeout': should be a number, found 'soon'"),
    ("status --env prd", "should be one of local, dev, staging, prod, like-dev, like-staging, like-prod, found 'prd'"),
    ("faults list --env prod", "faults exist only in the local environment"),
    ("faults add nope", "the kind of fault should be one of kill-task, freeze-task"),
    ("faults add kill-task --for 60", "kill-task has no option --for; its options: --task, --task-definition"),
    ("faults add freeze-task --code 500", "freeze-task has no option --code"),
    ("faults add delay-starts", "delay-starts needs --delay"),
    ("faults add break-service", "break-service needs --service"),
    ("faults add break-service --service s4", "'--service': should be one of acm, apigateway"),
    ("faults add break-service --service s3 --answer no", "should be one of error, unavailable, throttle, found 'no'"),
    ("faults add break-service --service s3 --share 2", "'--share'"),
    ("faults add fail-health --checks some", "should be one of all, container, target, found 'some'"),
    ("faults add fail-health --code 200", "'--code'"),
    ("faults add freeze-task --for 4000", "'--for'"),
    ("faults add delay-starts --delay 0", "'--delay'"),
    ("faults add kill-task --env prod", "faults exist only in the local environment"),
    ("faults remove f1 --all", "give the id of one fault, or --all"),
    ("faults remove", "give the id of one fault, or --all"),
]


@pytest.mark.parametrize(("text", "why"), WRONG)
def test_wrong_arguments_are_refused_before_anything_is_asked(text: str, why: str, outcome: Any) -> None:
    status, answer, _ = outcome(shlex.split(text.format(d="1" * 64)))
    assert (status, answer["error"]) == (2, "Misuse")
    assert why.format(here=Path.cwd()) in answer["message"] + str(answer["next_step"])
    assert answer["next_step"]


def test_every_command_has_wrong_arguments_here() -> None:
    assert [name for name in commands() if not any(text.startswith(name) for text, _ in WRONG)] == []
