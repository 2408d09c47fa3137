"""The choice of loopback addresses for tasks and servers."""

from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.machine.addresses import Addresses


def only(address: str, *ports: int) -> "list[tuple[str, int]]":
    return [(address, port) for port in (0, *ports)]


def test_each_address_is_given_once_until_it_is_released() -> None:
    addresses = Addresses(Path("/data"), can_bind=lambda address, port: True)
    first, second = addresses.take([8000]), addresses.take([8000])
    assert first != second
    assert first.startswith("127.")
    assert first.split(".")[:2] == second.split(".")[:2]
    addresses.release(first)
    assert addresses.take([8000]) not in (second, "127.0.0.1")


def test_an_address_on_which_another_program_has_the_port_is_passed_over() -> None:
    taken: set[str] = set()

    def can_bind(address: str, port: int) -> bool:
        return port != 8000 or address not in taken

    addresses = Addresses(Path("/data"), can_bind)
    first = addresses.take([8000])
    addresses.release(first)
    taken.add(Addresses(Path("/data"), can_bind).take([8000]))
    assert Addresses(Path("/data"), can_bind).take([8000]) not in taken


def test_two_local_clouds_never_share_a_16() -> None:
    first, second, later = (Addresses(Path("/the same checksum")) for _ in range(3))
    if not first.has_many:
        pytest.skip("this system binds 127.0.0.1 only")
    with first.reserved():
        with second.reserved():
            assert network_of(first) != network_of(second)
        with later.reserved():
            assert network_of(later) == network_of(second), "it is free again"


def network_of(addresses: Addresses) -> list[str]:
    return addresses.take([]).split(".")[:2]


def test_where_only_one_address_exists_its_free_ports_are_shared_out() -> None:
    free = only("127.0.0.1", 5432, 6379)
    addresses = Addresses(Path("/data"), can_bind=lambda address, port: (address, port) in free)
    assert not addresses.has_many
    assert addresses.take([5432]) == addresses.take([6379]) == "127.0.0.1"
    with pytest.raises(LocalCloudError, match=r"no loopback address has the ports \[8000\] free"):
        addresses.take([8000])
