"""aws_budgets_budget."""

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import known_blocks, refuse_conflicts
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.names import chosen_name, prefix_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.budgets import _budgets, _notifications, _times
from terraform_provider.values.unknown import State, Value

ONLY_TAGS = {"tags", "tags_all"}


@resource("aws_budgets_budget")
class Budget(Resource):
    noun = "Budget"
    gone = ("NotFoundException",)

    def validate(self, config: State) -> None:
        refuse_conflicts(config, "name", "name_prefix")
        refuse_conflicts(config, "planned_limit", "limit_amount", "limit_unit")
        _check_time(config.get("time_period_start"), "time_period_start")
        _check_time(config.get("time_period_end"), "time_period_end")
        for block in known_blocks(config, "planned_limit"):
            _check_time(block["start_time"], "planned_limit")

    def create(self, aws: Aws, planned: State) -> str:
        account, name = planned["account_id"] or aws.account_id, chosen_name(planned)
        new_tags = tags.as_list(planned["tags_all"])
        aws.client("budgets").create_budget(
            AccountId=account,
            Budget=_budgets.budget(planned, name),
            **({"ResourceTags": new_tags} if new_tags else {}),
        )
        return f"{account}:{name}"

    def complete(self, aws: Aws, state: State) -> None:
        _notifications.create(aws.client("budgets"), _place(state["id"]), state["notification"])

    def read(self, aws: Aws, state: State) -> State | None:
        budgets, place = aws.client("budgets"), _place(state["id"])
        found = budgets.describe_budget(**place)["Budget"]
        account, name = place.values()
        arn = aws.arn("budgets", f"budget/{name}", region="", account=account)
        notifications = _notifications.read(budgets, place)
        return {
            **_budgets.attributes(found),
            "account_id": account,
            "arn": arn,
            "name_prefix": prefix_of(name),
            "tags_all": tags.as_dict(budgets.list_tags_for_resource(ResourceARN=arn).get("ResourceTags")),
            # Without any, the real provider keeps those of the state.
            **({"notification": notifications} if notifications else {}),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        budgets, place, arn = aws.client("budgets"), _place(prior["id"]), prior["arn"]
        if changed - ONLY_TAGS:
            budgets.update_budget(AccountId=place["AccountId"], NewBudget=_budgets.budget(planned, place["BudgetName"]))
        if "notification" in changed:
            _notifications.change(budgets, place, prior["notification"], planned["notification"])
        if "tags_all" in changed:
            tags.change(
                prior,
                planned,
                untag=lambda keys: budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=keys),
                tag=lambda added: budgets.tag_resource(ResourceARN=arn, ResourceTags=tags.as_list(added)),
            )

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("budgets").delete_budget(**_place(state["id"]))


def _place(id_: str) -> dict[str, str]:
    """Return the account and the name, as requests want them."""
    account, _, name = id_.partition(":")
    if not account or not name:
        raise ProviderError(
            f"unexpected format for ID ({id_}), expected ACCOUNT_ID:BUDGET_NAME", "Import with both.", ("id",)
        )
    return {"AccountId": account, "BudgetName": name}


def _check_time(text: Value, attribute: str) -> None:
    if not isinstance(text, str):
        return
    try:
        _times.moment(text)
    except ValueError as exc:
        raise ProviderError(
            f'"{attribute}" cannot be parsed as "2006-01-02_15:04": {exc}',
            f'"{text}" is not such a time.',
            (attribute,),
        ) from exc
