# SPDX-License-Identifier: GPL-2.0-or-later
"""option forwardfor: the client's address in a line of its own, unless it is excepted."""

import pytest

# Clients of these tests come from two addresses; `except` tells them apart.
HERE, THERE = "127.0.0.1", "127.0.0.9"


def forwarded(lb, origin, *fields, source=HERE, **options):
    server = origin()
    balancer = lb(server, **options)
    balancer.get("/", *fields, source=source)
    return server.requests[0].all("x-forwarded-for")


def test_the_clients_address_is_added(lb, origin):
    """option forwardfor adds the client's address."""
    assert forwarded(lb, origin, defaults="    option forwardfor", source=THERE) == [THERE]


def test_without_the_option_nothing_is_added(lb, origin):
    assert forwarded(lb, origin) == []


def test_the_clients_own_field_is_kept(lb, origin):
    """Ours comes last and on a line of its own: real_ip_header takes the last one."""
    assert forwarded(
        lb,
        origin,
        "X-Forwarded-For: 1.2.3.4",
        "X-Forwarded-For: 5.6.7.8, 9.9.9.9",
        defaults="    option forwardfor",
    ) == ["1.2.3.4", "5.6.7.8, 9.9.9.9", HERE]


def test_it_is_the_last_of_its_name(lb, origin):
    """Fields that the client sent after its own X-Forwarded-For do not come after ours."""
    server = origin()
    lb(server, defaults="    option forwardfor").get("/", "X-Forwarded-For: 1.2.3.4", "X-Last: 1")
    names = [name.lower() for name, _ in server.requests[0].fields]
    last = max(at for at, name in enumerate(names) if name == "x-forwarded-for")
    assert last > names.index("x-last")


@pytest.mark.parametrize("source, expected", [(HERE, []), (THERE, [THERE])])
def test_an_excepted_network_gets_none(lb, origin, source, expected):
    """`except` holds for the network that it names and for no other."""
    options = {"defaults": "    option forwardfor except 127.0.0.0/29"}
    assert forwarded(lb, origin, source=source, **options) == expected


@pytest.mark.parametrize("source, expected", [(HERE, []), (THERE, [THERE])])
def test_the_frontends_exception_holds_beside_the_backends_option(lb, origin, source, expected):
    """As published: the backend says it again without `except`; the inherited one still holds."""
    options = {
        "frontend": "    option forwardfor except 127.0.0.0/29",
        "backend": "    option forwardfor",
    }
    assert forwarded(lb, origin, source=source, **options) == expected


def test_the_backends_exception_holds_beside_the_frontends_option(lb, origin):
    """And the other way round."""
    assert (
        forwarded(
            lb,
            origin,
            frontend="    option forwardfor",
            backend="    option forwardfor except 127.0.0.0/8",
        )
        == []
    )


def test_the_backends_name_is_taken(lb, origin):
    """`header NAME`: the name is the backend's if that has the option."""
    server = origin()
    balancer = lb(
        server,
        frontend="    option forwardfor header X-Front",
        backend="    option forwardfor header X-Back",
    )
    balancer.get()
    assert server.requests[0].one("x-back") == HERE
    assert server.requests[0].one("x-front") is None


def test_if_none_keeps_a_clients_field_alone(lb, origin):
    """`if-none` adds nothing where the client sent the field."""
    options = {"defaults": "    option forwardfor if-none"}
    assert forwarded(lb, origin, "X-Forwarded-For: 1.2.3.4", **options) == ["1.2.3.4"]


def test_if_none_is_not_fooled_by_connection(lb, origin):
    """A field that Connection names does not leave, and is none that would be in the way."""
    fields = ("X-Forwarded-For: 1.2.3.4", "Connection: X-Forwarded-For")
    assert forwarded(lb, origin, *fields, defaults="    option forwardfor if-none") == [HERE]


def test_if_none_adds_where_none_is(lb, origin):
    assert forwarded(lb, origin, defaults="    option forwardfor if-none") == [HERE]


def test_every_request_of_a_connection_gets_it(lb, origin):
    """Kept connections: the second request is treated as the first."""
    server = origin()
    balancer = lb(server, defaults="    option forwardfor")
    with balancer.client() as client:
        for _ in range(3):
            client.get()
    assert [request.all("x-forwarded-for") for request in server.requests] == [[HERE]] * 3
