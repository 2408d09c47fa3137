"""A lock is held while something runs, and released however that ends."""

import threading

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.deploying import rollback
from ops.errors import DeployRefused
from ops.locking import deploy_lock
from ops.locking import held as module
from ops.locking.held import held, renew_until
from ops.locking.holder import this_process
from ops.signals import Interrupted


def test_the_lock_is_held_inside_and_free_afterwards(locks: Aws, console: Console) -> None:
    with held(locks, "v1", console):
        found = deploy_lock.read(locks)
        assert found is not None
        assert (found.version, found.holder) == ("v1", this_process(locks))
    assert deploy_lock.read(locks) is None


@pytest.mark.parametrize("error", [Interrupted(2), DeployRefused("no")])
def test_errors_and_signals_release_it(locks: Aws, console: Console, error: BaseException) -> None:
    with pytest.raises(type(error)), held(locks, "v1", console):
        raise error
    assert deploy_lock.read(locks) is None


def test_who_takes_a_lock_that_somebody_has_says_why(
    locks: Aws, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    with held(locks, "v1", console), held(locks, "v0", console, force=True, why_forced=rollback.TAKEN_OVER):
        pass
    said = capsys.readouterr().err
    assert "was taken over: a rollback ends the deploy in progress" in said
    assert "by force" not in said


def test_without_a_table_a_deploy_continues_and_says_so(
    aws: Aws, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    with held(aws, "v1", console):
        pass
    assert "there is no table spendsense-local-locks of locks" in capsys.readouterr().err


def test_a_lock_is_renewed_until_somebody_takes_it(locks: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RENEWED_EVERY_S", 0.01)
    me = this_process(locks)
    mine = deploy_lock.take(locks, me, "v1", force=False, say=str)
    said: list[str] = []
    renewing = threading.Thread(target=renew_until, args=(locks, mine, threading.Event(), said.append))
    renewing.start()
    deploy_lock.take(locks, me, "v2", force=True, say=str)
    renewing.join(30)
    assert not renewing.is_alive()
    assert "somebody else took over" in said[0]
