"""AWS vouches for who answers, and for nothing else.

The STS of these tests verifies signatures as AWS does: it signs what reached it with the key that it knows, and compares.
"""

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

from kedge.aws.identity import StsIdentity, sts_url
from kedge.domain.action import Answer
from kedge.errors import Permanent, Transient
from workbench.approvals.proof import NobodySigns, proof_of

ACCOUNT = "111122223333"
KEY, SECRET, TOKEN = "ASIAEXAMPLEEXAMPLE00", "the secret of one person", "FwoGZXIvYXdzE+Example/Token=="
USER, HIS = "AKIAEXAMPLEEXAMPLE00", "the secret of a user"
KEYS = {KEY: (SECRET, TOKEN), USER: (HIS, None)}
ANA = f"arn:aws:sts::{ACCOUNT}:assumed-role/OnCall/ana"
DIGEST, OTHER = "d1" * 32, "d2" * 32
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


def proof(answer=Answer.APPROVE, digest=DIGEST, url=URL, **who):
    return proof_of(session(**who), url, digest, answer)


@pytest.fixture
def sts():
    return Sts()


@pytest.fixture
def identity(sts):
    return StsIdentity(URL, "us-east-1", ACCOUNT, lambda: datetime.now(UTC), send=sts)


def test_aws_vouches_for_whoever_signed_this_answer_to_this_plan(identity, sts):
    assert identity.vouched_for(proof(), DIGEST, Answer.APPROVE) == ANA
    (asked,) = sts.asked
    assert asked.method == "POST"
    assert asked.url == f"{URL}/"
    assert _text(asked.body) == "Action=GetCallerIdentity&Version=2011-06-15"
    assert asked.headers["x-kedge-digest"] == DIGEST


def test_a_proof_holds_no_secret_key():
    made = proof()
    assert SECRET not in str(made)
    assert made.keys() == {"access_key", "date", "signature", "session_token"}


@pytest.mark.parametrize(
    "made",
    [
        lambda: proof(digest=OTHER),
        lambda: proof(answer=Answer.REJECT),
        lambda: proof(url="https://sts.us-east-1.amazonaws.com.example.com"),
        lambda: proof(url="https://sts.eu-west-1.amazonaws.com"),
        lambda: proof(secret="somebody else's"),
        lambda: proof(token=None),
        lambda: proof() | {"access_key": USER},
        lambda: proof() | {"signature": "0" * 64},
    ],
    ids=["another plan", "another answer", "another host", "a region", "a wrong key", "no token", "a name", "a guess"],
)
def test_a_signature_under_anything_else_is_worth_nothing(identity, made):
    with pytest.raises(Permanent, match="403 SignatureDoesNotMatch"):
        identity.vouched_for(made(), DIGEST, Answer.APPROVE)


def without_the_digest():
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
        identity.vouched_for(without_the_digest(), DIGEST, Answer.APPROVE)


@pytest.mark.parametrize(
    "more",
    [
        {"url": "https://sts.example.com/"},
        {"host": "sts.example.com"},
        {"action": "GetSessionToken"},
        {"body": "Action=GetSessionToken&Version=2011-06-15"},
        {"headers": {"x-kedge-digest": DIGEST}},
        {"signed_headers": "host"},
        {"region": "eu-west-1"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_proof_chooses_no_host_no_action_and_no_header(identity, sts, more):
    with pytest.raises(Permanent, match="the proof is none"):
        identity.vouched_for(proof() | more, DIGEST, Answer.APPROVE)
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
        ("signature", "0" * 64 + "\r\nX-Kedge-Digest: " + DIGEST),
        ("session_token", f"{TOKEN}\r\nx-kedge-digest: {DIGEST}"),
        ("session_token", f"{TOKEN}\n"),
        ("session_token", "t" * 8_193),
        ("signature", None),
        ("signature", 7),
    ],
)
def test_a_part_of_another_form_is_refused_before_anybody_is_asked(identity, sts, name, value):
    with pytest.raises(Permanent):
        identity.vouched_for(proof() | {name: value}, DIGEST, Answer.APPROVE)
    assert sts.asked == []


@pytest.mark.parametrize("lacking", ["access_key", "date", "signature"])
def test_half_a_proof_is_none(identity, lacking):
    half = {name: value for name, value in proof().items() if name != lacking}
    with pytest.raises(Permanent, match=lacking):
        identity.vouched_for(half, DIGEST, Answer.APPROVE)


@pytest.mark.parametrize("digest", ["", DIGEST[:-1], f"{DIGEST}\r\nx-amz-date: 0", DIGEST.upper()])
def test_what_is_no_digest_is_not_asked_about(identity, sts, digest):
    with pytest.raises(Permanent):
        identity.vouched_for(proof(), digest, Answer.APPROVE)
    assert sts.asked == []


@pytest.mark.parametrize(("seconds", "believed"), [(58, True), (62, False), (-58, True), (-62, False), (899, False)])
def test_a_proof_holds_for_a_minute_though_sts_would_take_it_for_fifteen(sts, seconds, believed):
    now = datetime.now(UTC)
    identity = StsIdentity(URL, "us-east-1", ACCOUNT, lambda: now + timedelta(seconds=seconds), send=sts)
    if believed:
        assert identity.vouched_for(proof(), DIGEST, Answer.APPROVE) == ANA
        return
    with pytest.raises(Permanent, match="holds for 60 s"):
        identity.vouched_for(proof(), DIGEST, Answer.APPROVE)
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
    with pytest.raises(Permanent, match=f"nobody of the account {ACCOUNT}"):
        identity.vouched_for(proof(), DIGEST, Answer.APPROVE)


@pytest.mark.parametrize(
    "arn", [f"arn:aws:iam::{ACCOUNT}:user/path/ana", f"arn:aws-cn:sts::{ACCOUNT}:federated-user/a"]
)
def test_users_and_roles_of_every_partition_can_answer(sts, identity, arn):
    sts.arn = arn
    assert identity.vouched_for(proof(), DIGEST, Answer.APPROVE) == arn


def test_the_key_of_a_user_has_no_session_token(identity):
    made = proof(key=USER, secret=HIS, token=None)
    assert "session_token" not in made
    assert identity.vouched_for(made, DIGEST, Answer.APPROVE) == ANA


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
    identity = StsIdentity(
        URL, "us-east-1", ACCOUNT, lambda: datetime.now(UTC), send=lambda request: Sts.answer(status, body)
    )
    with pytest.raises(error) as raised:
        identity.vouched_for(proof(), DIGEST, Answer.APPROVE)
    assert TOKEN not in str(raised.value)


def test_without_an_answer_nobody_is_vouched_for_yet():
    def silent(request):
        raise ReadTimeoutError(endpoint_url=request.url)

    identity = StsIdentity(URL, "us-east-1", ACCOUNT, lambda: datetime.now(UTC), send=silent)
    with pytest.raises(Transient):
        identity.vouched_for(proof(), DIGEST, Answer.APPROVE)


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
        proof_of(nobody, URL, DIGEST, Answer.APPROVE)
