"""A test cannot reach the network, or any AWS account."""

import os
import socket

import boto3
import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_unit_test_cannot_open_a_socket():
    with pytest.raises(SocketBlockedError):
        socket.create_connection(("127.0.0.1", 9))


@pytest.mark.stack
@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_test_on_the_stack_reaches_this_machine_only():
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 9), timeout=1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", 9), timeout=1)


def test_a_client_that_no_fake_replaced_has_nobodys_credentials_and_goes_nowhere():
    client = boto3.client("sns")
    assert client.meta.endpoint_url == os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert boto3.Session().get_credentials().access_key == "testing"
