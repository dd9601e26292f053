"""A server of the workbench answers to programs of this machine, and to no web page."""

import pytest

from workbench.local_stack.emulator_callers import only_for_this_machine, refusal

HERE = "127.0.0.1:4566"


@pytest.mark.parametrize("host", [HERE, "localhost:4566", "LOCALHOST:4566", "host.docker.internal:4566"])
@pytest.mark.parametrize("more", [{}, {"sec-fetch-site": "none"}])
def test_a_program_of_this_machine_is_answered(host, more):
    assert refusal({"host": host, **more}, 4566) is None


@pytest.mark.parametrize(
    "host", ["", "127.0.0.1", "127.0.0.1:4567", "evil.example.com:4566", "127.0.0.1.example.com:4566", "[::1]:4566"]
)
def test_a_foreign_host_is_refused_and_named(host):
    assert repr(host) in refusal({"host": host}, 4566)
    assert "Host" not in refusal({"host": HERE, "origin": ""}, 4566)


@pytest.mark.parametrize(
    "header",
    [
        {"origin": "https://evil.example.com"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": f"http://{HERE}"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-origin"},
    ],
)
def test_a_request_of_a_web_page_is_refused_whatever_its_host(header):
    assert "web page" in refusal({"host": HERE, **header}, 4566)


def answered(kind, headers):
    """What the guarded application sends, and how often the one behind the guard was asked."""
    sent, asked = [], []

    async def app(_scope, _receive, send):
        asked.append(1)
        await send({"type": "http.response.start", "status": 200})

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "path": "/_kedge/fault", "headers": headers}
    # By hand: a loop of asyncio would open sockets, and nothing here waits for anything.
    with pytest.raises(StopIteration):
        only_for_this_machine(app, 4566)(scope, None, send).send(None)
    return sent, len(asked)


def test_behind_the_guard_of_the_emulator_only_a_program_of_this_machine_is_heard():
    sent, asked = answered("http", [(b"Host", HERE.encode())])
    assert (sent[0]["status"], asked) == (200, 1)


@pytest.mark.parametrize("wrong", [[], [(b"Host", b"evil.example.com")], [(b"host", HERE.encode()), (b"Origin", b"x")]])
def test_in_front_of_the_emulator_a_page_is_refused_before_any_route(wrong):
    sent, asked = answered("http", wrong)
    assert (sent[0]["status"], asked) == (403, 0)
    sent, asked = answered("websocket", wrong)
    assert (sent[0]["type"], asked) == ("websocket.close", 0)


def test_what_is_no_request_passes_the_guard():
    assert answered("lifespan", [])[1] == 1
