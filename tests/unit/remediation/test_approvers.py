"""Which identities an approver of the policy stands for, and which names no approver can mean."""

import re

import pytest

from kedge.domain.remedy import Sessions
from kedge.remediation.approvers import alike, approver_of, principal_of, stands_for

IAM, STS = "arn:aws:iam::111122223333:", "arn:aws:sts::111122223333:"
USER = f"{IAM}user/team/ana"
SESSION = f"{STS}assumed-role/MlOnCall/ana"


def stands(approver, arn, sessions=Sessions.FREE):
    principal = principal_of(arn)
    assert principal is not None
    return stands_for(approver_of(approver, sessions), principal)


@pytest.mark.parametrize(
    ("approver", "arn", "fits"),
    [
        ("user/ana", USER, True),
        ("user/ana", f"{IAM}user/ana", True),
        ("user/Ana", USER, False),
        ("user/team/ana", USER, True),
        ("user/other/ana", USER, False),
        ("user/an*", USER, True),
        ("user/*", USER, True),
        ("user/*/ana", USER, True),
        ("user/*/ana", f"{IAM}user/team/eu/ana", False),
        ("user/ana", f"{STS}assumed-role/ana/ana", False),
        ("user/MlOnCall", SESSION, False),
        ("role/ana", USER, False),
        ("role/MlOnCall", f"{IAM}user/MlOnCall", False),
        (USER, USER, True),
        (f"{IAM}user/*", USER, True),
        ("arn:aws:iam::444455556666:user/*", USER, False),
        ("arn:aws:iam::*:user/ana", USER, True),
        ("role/MlOnCall", SESSION, True),
        ("role/MlOnCall/*", SESSION, True),
        ("assumed-role/MlOnCall", SESSION, True),
        ("role/mloncall", SESSION, False),
        ("role/MlOn*", SESSION, True),
        ("role/MlOnCallReadOnly", SESSION, False),
        (f"{IAM}role/MlOnCall", SESSION, True),
        (f"{IAM}role/team/MlOnCall", SESSION, True),
        (f"{STS}assumed-role/MlOnCall/*", SESSION, True),
        ("arn:aws:iam::444455556666:role/MlOnCall", SESSION, False),
        ("arn:aws-cn:iam::111122223333:role/MlOnCall", SESSION, False),
        (f"{IAM}root", f"{IAM}root", True),
        (f"{IAM}root", f"{IAM}user/root", False),
        ("user/*", f"{IAM}root", False),
        ("user/ana", f"{STS}federated-user/ana", False),
        ("role/ana", f"{STS}federated-user/ana", False),
    ],
)
def test_an_approver_stands_for_identities_of_its_own_kind(approver, arn, fits):
    assert stands(approver, arn) is fits


def test_a_session_is_named_only_where_the_trust_policy_of_its_role_binds_the_name():
    assert stands("role/MlOnCall/ana", SESSION, Sessions.BOUND)
    assert not stands("role/MlOnCall/ben", SESSION, Sessions.BOUND)
    assert stands(f"{STS}assumed-role/MlOnCall/a*", SESSION, Sessions.BOUND)
    with pytest.raises(ValueError, match="caller chooses the name of a session"):
        approver_of("role/MlOnCall/ana", Sessions.FREE)


@pytest.mark.parametrize("sessions", list(Sessions))
@pytest.mark.parametrize(
    ("approver", "says"),
    [
        ("MlOnCall", "may be a user or a role: write user/MlOnCall or role/MlOnCall"),
        ("MlOnCall/ana", "does not say that it names a role: write role/MlOnCall"),
        ("MlOnCall*", "a caller could choose a name that 'MlOnCall*' covers: write role/NAME"),
        ("*", "a caller could choose"),
        ("*/ana", "a caller could choose"),
        ("*ana@example.com", "a caller could choose"),
        ("*:user/responder", "a caller could choose"),
        ("", "a caller could choose"),
        ("slack", "does not name the chat channel: write chat"),
        ("federated-user/ana", "a federated user chooses the name"),
        (f"{STS}federated-user/ana", "a federated user chooses the name"),
        ("role/*", "covers any role"),
        ("role/*/ana", "covers any role"),
        ("role/", "covers any role"),
        (f"{IAM}role/*", "covers any role"),
        (f"{STS}assumed-role/*/ana", "covers any role"),
        (f"{IAM}role/team/Ml*", "does not contain the path of its role"),
        (f"{IAM}*", "stands for every kind of identity"),
        (f"{IAM}user*", "stands for every kind of identity"),
        (f"{STS}*/ana", "stands for every kind of identity"),
        ("arn:aws:iam::*:root", "covers the root of any account"),
        ("arn:aws:iam::111122223333", "is not the ARN of a user or role"),
        ("arn:aws:s3:::bucket", "is not the ARN of a user or role"),
        (f"{IAM}group/ops", "is not the ARN of a user or role"),
        (f"{STS}user/ana", "is not the ARN of a user or role"),
    ],
)
def test_an_approver_that_a_caller_could_satisfy_or_that_says_too_little_is_none(approver, says, sessions):
    with pytest.raises(ValueError, match=re.escape(says)):
        approver_of(approver, sessions)


def test_a_session_of_many_roles_is_none():
    with pytest.raises(ValueError, match="write the whole name of the role"):
        approver_of("role/Ml*/ana", Sessions.BOUND)


@pytest.mark.parametrize(
    "text",
    ["ana", "", "arn:aws:iam::1:role/MlOnCall", "arn:aws:s3:::b", f"{IAM}user/", f"{STS}assumed-role/a", f"{STS}user/ana",
     f"{IAM}assumed-role/a/b", "arn:aws:iam:eu-west-1:1:user/ana", f"{STS}assumed-role/a/b/c"],
)  # fmt: skip
def test_what_is_no_caller_s_arn_is_no_identity(text):
    assert principal_of(text) is None


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a*a", "ana", True), ("a*a", "a", False), ("*", "anybody", True), ("*", "a/b", False), ("*", "a:b", False),
        ("*/b", "a/b", True), ("*b", "a/b", False), ("a*", "a/b", False), ("a*/*b", "ax/xb", True), ("an?", "ana", False),
        ("[a]na", "ana", False), ("*na*an*", "ananan", True), ("*na*an", "nan", False), ("*an*", "ana", True),
        ("a*x*a", "aba", False), ("", "", True), ("a/b", "a:b", False),
    ],
)  # fmt: skip
def test_a_star_stands_for_anything_but_a_slash_and_a_colon(pattern, text, fits):
    assert alike(pattern, text) is fits
