"""IAM's OpenID Connect providers: their clients can be added and removed."""

from typing import Any

from localcloud.moto.patching import replace, result


def patch() -> None:
    """Add both operations, which moto lacks."""
    from moto.iam.responses import IamResponse

    replace(IamResponse, add_client_id_to_open_id_connect_provider, remove_client_id_from_open_id_connect_provider)


def add_client_id_to_open_id_connect_provider(self: Any) -> Any:
    clients, added = _clients(self), self._get_param("ClientID")
    if added not in clients:
        clients.append(added)
    return result({})


def remove_client_id_from_open_id_connect_provider(self: Any) -> Any:
    clients, removed = _clients(self), self._get_param("ClientID")
    if removed in clients:
        clients.remove(removed)
    return result({})


def _clients(self: Any) -> list[str]:
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    clients: list[str] = provider.client_id_list
    return clients
