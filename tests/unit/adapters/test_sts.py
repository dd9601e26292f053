"""AWS vouches for who answers, and for nothing else.

The STS of these tests verifies signatures as AWS does: it signs what reached it with the key that it knows, and compares.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ReadTimeoutError

from kedge.adapters.sts import StsIdentity, sts_url
from kedge.domain.action import Answer
from kedge.domain.errors import Permanent, Transient
from kedge.domain.statement import Statement, StatementKind
from workbench.cli.connection.proof import NobodySigns, proof_of

ACCOUNT = "111122223333"
KEY, SECRET, TOKEN = "ASIAEXAMPLEEXAMPLE00", "the secret of one person", "FwoGZXIvYXdzE+Example/Token=="
USER, HIS = "AKIAEXAMPLEEXAMPLE00", "the secret of a user"
KEYS = {KEY: (SECRET, TOKEN), USER: (HIS, None)}
ANA = f"arn:aws:sts::{ACCOUNT}:assumed-role/OnCall/ana"
DIGEST, OTHER = "d1" * 32, "d2" * 32
STACK = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:kedge-approve"
YES = Statement.answering(DIGEST, Answer.APPROVE)
URL = "https://sts.us-east-1.amazonaws.com"
FAULT = "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>no</Message></Error></ErrorResponse>"
TOLD = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>{}</Arn>'
    "<UserId>AROA:ana</UserId><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


class Sts:
    """Answers whose signature it was, or 403."""

    def __init__(self, arn=ANA):
        self.arn = arn
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        if not self._signed(request):
            return self.answer(403, FAULT.format("SignatureDoesNotMatch"))
        return self.answer(200, TOLD.format(self.arn))

    @staticmethod
    def answer(status, body):
        return SimpleNamespace(status_code=status, content=body.encode(), headers={"Content-Type": "text/xml"})

    def _signed(self, request):
        given = {name.lower(): _text(value) for name, value in request.headers.items()}
        said = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=(\w+)", given["authorization"]
        )
        body = _text(request.body)
        known = AWSRequest(method=request.method, url=request.url, data=body)
        for name in said[2].split(";"):
            known.headers[name] = given.get(name, urlsplit(request.url).netloc)
        known.context["timestamp"] = given["x-amz-date"]
        key = said[1].partition("/")[0]
        secret, token = KEYS.get(key, ("", None))
        auth = SigV4Auth(Credentials(key, secret), "sts", "us-east-1")
        expected = auth.signature(auth.string_to_sign(known, auth.canonical_request(known)), known)
        return said[3] == expected and token == given.get("x-amz-security-token") and auth.scope(known) == said[1]


def _text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def session(key=KEY, secret=SECRET, token=TOKEN):
    return boto3.Session(
        aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token, region_name="us-east-1"
    )


def proof(statement=YES, url=URL, stack=STACK, **who):
    return proof_of(session(**who), url, stack, statement)


def identity_of(send, stack=STACK, clock=lambda: datetime.now(UTC)):
    return StsIdentity(URL, stack, clock, send=send)


@pytest.fixture
def sts():
    return Sts()


@pytest.fixture
def identity(sts):
    return identity_of(sts)


def test_aws_vouches_for_whoever_signed_this_answer_to_this_plan(identity, sts):
    assert identity.vouched_for(proof(), YES) == ANA
    (asked,) = sts.asked
    assert asked.method == "POST"
    assert asked.url == f"{URL}/"
    assert _text(asked.body) == "Action=GetCallerIdentity&Version=2011-06-15"
    assert asked.headers["x-kedge-statement"] == f"approve/{DIGEST}"
    assert asked.headers["x-kedge-stack"] == STACK


def test_a_proof_holds_no_secret_key():
    made = proof()
    assert SECRET not in str(made)
    assert made.keys() == {"access_key", "date", "signature", "session_token"}


@pytest.mark.parametrize(
    "made",
    [
        lambda: proof(Statement.answering(OTHER, Answer.APPROVE)),
        lambda: proof(Statement.answering(DIGEST, Answer.REJECT)),
        lambda: proof(Statement(StatementKind.SAY, DIGEST)),
        lambda: proof(stack=STACK.replace("kedge", "staging")),
        lambda: proof(stack=STACK.replace("approve", "people")),
        lambda: proof(stack=STACK.replace(ACCOUNT, "999988887777")),
        lambda: proof(url="https://sts.us-east-1.amazonaws.com.example.com"),
        lambda: proof(url="https://sts.eu-west-1.amazonaws.com"),
        lambda: proof(secret="somebody else's"),
        lambda: proof(token=None),
        lambda: proof() | {"access_key": USER},
        lambda: proof() | {"signature": "0" * 64},
    ],
    ids=[
        "another plan",
        "another answer",
        "another word",
        "another stack",
        "another function",
        "another account's stack",
        "another host",
        "a region",
        "a wrong key",
        "no token",
        "a name",
        "a guess",
    ],
)
def test_a_signature_under_anything_else_is_worth_nothing(identity, made):
    with pytest.raises(Permanent, match="403 SignatureDoesNotMatch"):
        identity.vouched_for(made(), YES)


def without_the_statement():
    """Somebody's real signature under GetCallerIdentity, which some other service made him sign."""
    request = AWSRequest(
        method="POST",
        url=f"{URL}/",
        data="Action=GetCallerIdentity&Version=2011-06-15",
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    )
    SigV4Auth(Credentials(KEY, SECRET, TOKEN), "sts", "us-east-1").add_auth(request)
    return {
        "access_key": KEY,
        "date": request.headers["X-Amz-Date"],
        "signature": request.headers["Authorization"].rpartition("=")[2],
        "session_token": TOKEN,
    }


def test_a_request_that_was_signed_for_another_purpose_is_no_answer(identity):
    with pytest.raises(Permanent, match="403"):
        identity.vouched_for(without_the_statement(), YES)


@pytest.mark.parametrize(
    "more",
    [
        {"url": "https://sts.example.com/"},
        {"host": "sts.example.com"},
        {"action": "GetSessionToken"},
        {"body": "Action=GetSessionToken&Version=2011-06-15"},
        {"headers": {"x-kedge-statement": DIGEST}},
        {"signed_headers": "host"},
        {"region": "eu-west-1"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_proof_chooses_no_host_no_action_and_no_header(identity, sts, more):
    with pytest.raises(Permanent, match="the proof cannot be read"):
        identity.vouched_for(proof() | more, YES)
    assert sts.asked == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_key", f"{KEY}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host"),
        ("access_key", KEY.lower()),
        ("access_key", ""),
        ("date", "20261120T120000Z\n"),
        ("date", "2026-11-20"),
        ("date", "20261399T250000Z"),
        ("signature", "0" * 63),
        ("signature", "0" * 64 + "\r\nX-Kedge-Statement: " + DIGEST),
        ("session_token", f"{TOKEN}\r\nx-kedge-statement: {DIGEST}"),
        ("session_token", f"{TOKEN}\n"),
        ("session_token", "t" * 8_193),
        ("signature", None),
        ("signature", 7),
    ],
)
def test_a_part_of_another_form_is_refused_before_anybody_is_asked(identity, sts, name, value):
    with pytest.raises(Permanent):
        identity.vouched_for(proof() | {name: value}, YES)
    assert sts.asked == []


@pytest.mark.parametrize("more", [{"\ud800": 1}, {"signature": "\ud800"}, {"session_token": "\udfff"}], ids=ascii)
def test_what_no_text_can_hold_is_a_proof_that_cannot_be_read(identity, sts, more):
    with pytest.raises(Permanent, match="the proof cannot be read") as raised:
        identity.vouched_for(proof() | more, YES)
    assert str(raised.value).encode()
    assert sts.asked == []


@pytest.mark.parametrize("lacking", ["access_key", "date", "signature"])
def test_half_a_proof_is_none(identity, lacking):
    half = {name: value for name, value in proof().items() if name != lacking}
    with pytest.raises(Permanent, match=lacking):
        identity.vouched_for(half, YES)


@pytest.mark.parametrize("digest", ["", DIGEST[:-1], f"{DIGEST}\r\nx-amz-date: 0", DIGEST.upper()])
def test_what_is_no_digest_is_not_asked_about(identity, sts, digest):
    with pytest.raises(Permanent):
        identity.vouched_for(proof(), Statement.answering(digest, Answer.APPROVE))
    assert sts.asked == []


@pytest.mark.parametrize(("seconds", "believed"), [(58, True), (62, False), (-58, True), (-62, False), (899, False)])
def test_a_proof_holds_for_a_minute_though_sts_would_take_it_for_fifteen(sts, seconds, believed):
    now = datetime.now(UTC)
    identity = identity_of(sts, clock=lambda: now + timedelta(seconds=seconds))
    if believed:
        assert identity.vouched_for(proof(), YES) == ANA
        return
    with pytest.raises(Permanent, match="holds for 60 s"):
        identity.vouched_for(proof(), YES)
    assert sts.asked == []


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sts::999988887777:assumed-role/OnCall/ana",
        f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:x",
        f"{ANA} or somebody",
        "",
    ],
)
def test_somebody_of_another_account_is_nobody_whatever_his_role_is_called(sts, identity, arn):
    sts.arn = arn
    with pytest.raises(Permanent, match=f"no identity of the account {ACCOUNT}"):
        identity.vouched_for(proof(), YES)


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{ACCOUNT}:user/path/ana",
        f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/OnCall/ana",
        f"arn:aws:iam::{ACCOUNT}:root",
    ],
)
def test_users_and_roles_of_every_partition_can_answer(sts, identity, arn):
    sts.arn = arn
    assert identity.vouched_for(proof(), YES) == arn


@pytest.mark.parametrize("name", ["ana", "OnCall", "federated-user/ana"])
def test_a_federated_user_is_never_proven_since_its_caller_chose_its_name(sts, identity, name):
    sts.arn = f"arn:aws:sts::{ACCOUNT}:federated-user/{name}"
    with pytest.raises(Permanent, match="federated user, whose name its caller chose"):
        identity.vouched_for(proof(), YES)


@pytest.mark.parametrize("version", [":7", ":$LATEST", ":live"])
def test_a_function_that_is_invoked_by_a_version_or_an_alias_is_the_same_function(sts, version):
    assert identity_of(sts, stack=f"{STACK}{version}").vouched_for(proof(), YES) == ANA


@pytest.mark.parametrize("arn", ["", "kedge-approve", f"arn:aws:sqs:us-east-1:{ACCOUNT}:kedge", f"{STACK}\r\nx: 1"])
def test_only_a_function_can_be_told_something(sts, arn):
    with pytest.raises(ValueError, match="not the ARN of a Lambda function"):
        identity_of(sts, stack=arn)


def test_what_is_said_is_signed_to_the_letter(identity):
    event = {"source": "kedge", "detail": {"act": "acknowledge", "comment": "l\u00e4uft", "n": 0.1}}
    made = proof(Statement.saying(event))
    received = json.loads(json.dumps(event | {"proof": made}, indent=2, sort_keys=True))
    assert identity.vouched_for(received["proof"], Statement.saying(received)) == ANA
    received["detail"]["act"] = "resolve"
    with pytest.raises(Permanent, match="403"):
        identity.vouched_for(made, Statement.saying(received))


def test_the_key_of_a_user_has_no_session_token(identity):
    made = proof(key=USER, secret=HIS, token=None)
    assert "session_token" not in made
    assert identity.vouched_for(made, YES) == ANA


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (302, TOLD.format(ANA), Permanent),
        (403, TOLD.format(ANA), Permanent),
        (307, "<html>over there</html>", Permanent),
        (400, FAULT.format("Throttling"), Transient),
        (429, "", Transient),
        (403, FAULT.format("ExpiredToken"), Permanent),
        (403, FAULT.format("InvalidClientTokenId"), Permanent),
        (500, FAULT.format("InternalFailure"), Transient),
        (503, "<html>later</html>", Transient),
        (200, "<html>welcome</html>", Permanent),
        (200, "{}", Permanent),
        (200, f'{{"Arn": "{ANA}"}}', Permanent),
        (200, f"<ListSomethingResponse><Name>{ANA}</Name></ListSomethingResponse>", Permanent),
        (200, f"<Other>{TOLD.format(ANA)}</Other>", Permanent),
        (204, "", Permanent),
    ],
)
def test_only_an_answer_to_this_question_counts(status, body, error):
    identity = identity_of(lambda request: Sts.answer(status, body))
    with pytest.raises(error) as raised:
        identity.vouched_for(proof(), YES)
    assert TOKEN not in str(raised.value)


def test_without_an_answer_nobody_is_vouched_for_yet():
    def silent(request):
        raise ReadTimeoutError(endpoint_url=request.url)

    identity = identity_of(silent)
    with pytest.raises(Transient):
        identity.vouched_for(proof(), YES)


@pytest.mark.parametrize(
    ("region", "env", "url"),
    [
        ("us-east-1", {}, "https://sts.us-east-1.amazonaws.com"),
        ("us-gov-west-1", {}, "https://sts.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", {}, "https://sts.cn-north-1.amazonaws.com.cn"),
        ("us-east-1", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "http://127.0.0.1:4566"),
        ("us-east-1", {"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_STS": "http://b"}, "http://b"),
    ],
)
def test_both_sides_know_where_sts_is(region, env, url):
    assert sts_url(region, env) == url


def test_without_credentials_there_is_nothing_to_hand_over():
    nobody = SimpleNamespace(get_credentials=lambda: None, region_name="us-east-1")
    with pytest.raises(NobodySigns):
        proof_of(nobody, URL, STACK, YES)
