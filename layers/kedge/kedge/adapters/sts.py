"""Asks AWS who made a statement: an answer to a plan, a person's decision, or a detector's report.

The signer signs a request of GetCallerIdentity that carries two signed headers: the statement, and the function that
it is for. The signer does not send the request. It hands over only the signature, which only the signer could make.
The function builds the request again from its own ARN and the statement that it received. It sends the request to STS,
and the ARN in the response belongs to the signer. The caller cannot choose a host, an action or a header, so Kedge
needs no check for them. Other products had flaws in such checks (CVE-2020-16250 of Vault).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from msgspec import Meta, Struct

from kedge.adapters.calls import in_our_words
from kedge.domain.errors import Permanent, Transient
from kedge.domain.statement import Statement

LIFE: Final = timedelta(seconds=60)
"""How long a proof is valid, and how far its clock may be ahead.

STS accepts it for 15 minutes regardless of X-Amz-Expires.
"""
_BODY: Final = "Action=GetCallerIdentity&Version=2011-06-15"
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
_DATE: Final = "%Y%m%dT%H%M%SZ"
_OPERATION: Final = "GetCallerIdentity"
_TIMEOUT: Final = 5  # seconds
_OK: Final = 200
_TOO_MANY_REQUESTS: Final = 429
_SERVER_FAULT: Final = 500
_THROTTLED: Final = "Throttling"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
# The outermost element names the question that it answers.
_TOLD: Final = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+<GetCallerIdentityResponse\b[^>]*+>\s*+<GetCallerIdentityResult>.*?<Arn>([^<]*+)</Arn>",
    re.DOTALL,
)
_CODE: Final = re.compile(r"<Code>(\w+)</Code>")
_ARN: Final = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::([0-9]{12}):(\S+)")
_FUNCTION: Final = re.compile(r"(arn:aws[a-z-]*:lambda:([a-z0-9-]+):([0-9]{12}):function:[A-Za-z0-9_-]+)(?::\S+)?")
_FEDERATED: Final = "federated-user/"

type Send = Callable[[AWSPreparedRequest], Any]


class Proof(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The proof that the signer hands over.

    For 1 minute it proves one statement to one function, and grants nothing else.

    Each part has a fixed form: a line break would begin another header.
    """

    access_key: Annotated[str, Meta(pattern=r"\A[A-Z0-9]{12,128}\Z")]
    date: Annotated[str, Meta(pattern=r"\A[0-9]{8}T[0-9]{6}Z\Z")]
    signature: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    session_token: Annotated[str, Meta(pattern=r"\A[!-~]{0,8192}\Z")] = ""


def sts_url(region: str, env: Mapping[str, str]) -> str:
    """Return the URL of a Region's STS that both sides use.

    It is AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL on a local stack, and otherwise the Region's own host. The choice of
    botocore depends on its version: until 2025 it was sts.amazonaws.com for some Regions.
    """
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    local = env.get("AWS_ENDPOINT_URL_STS") or env.get("AWS_ENDPOINT_URL")
    return local or f"https://sts.{region}.{suffix}"


def question(url: str, stack: str, statement: Statement) -> AWSRequest:
    """Return the request that one side signs and the other side builds again, without signature, date and token.

    `stack` is the ARN of the function that the statement is for, without version or alias. Plans have the same names in
    every stack.
    """
    headers = {"Content-Type": _FORM, "x-kedge-stack": stack, "x-kedge-statement": str(statement)}
    return AWSRequest(method="POST", url=f"{url.rstrip('/')}/", data=_BODY, headers=headers)


class StsIdentity:
    """A client of STS that finds the maker of a proof."""

    def __init__(self, url: str, function_arn: str, clock: Callable[[], datetime], send: Send | None = None) -> None:
        """Keep `url`, as `sts_url` returns it, and `function_arn`, the function's own ARN.

        A proof must be for this function, from its account.

        Raises:
            ValueError: the ARN does not belong to a function.
        """
        found = _FUNCTION.fullmatch(function_arn)
        if found is None:
            raise ValueError(f"{function_arn!r} is not the ARN of a Lambda function")
        self._url = url
        self._stack, self._region, self._account = found.groups()
        self._clock = clock
        self._send: Send = send or _to_sts

    def vouched_for(self, proof: Mapping[str, object], statement: Statement) -> str:
        """Return the ARN of the IAM user or role that signed this statement for this function within the last minute.

        An assumed role has `arn:aws:sts::<account>:assumed-role/<role>/<session>`. The caller chooses the session's
        name, unless the role's trust policy fixes it. No error repeats the proof.

        Raises:
            Permanent: AWS does not confirm the identity; carries the reason.
            Transient: STS could not be asked.
        """
        checked = self._checked(proof, statement)
        arn = self._asked(self._signed(checked, statement))
        found = _ARN.fullmatch(arn)
        if found is None or found[1] != self._account:
            raise Permanent(f"{arn!r} is no identity of the account {self._account}")
        if found[2].startswith(_FEDERATED):
            raise Permanent(
                f"{arn} is a federated user, whose name its caller chose, so it proves no identity: "
                "sign as an IAM user or with a role"
            )
        return arn

    def _checked(self, proof: Mapping[str, object], statement: Statement) -> Proof:
        if not _DIGEST.fullmatch(statement.digest):
            raise Permanent(f"{statement.digest!r} is not a SHA-256 digest")
        try:
            checked = msgspec.convert(proof, Proof)
        except msgspec.ValidationError as fault:
            raise Permanent(f"the proof cannot be read: {fault}") from fault
        except UnicodeError as fault:
            says = "a name in it holds half of a surrogate pair, which no text can hold: sign again"
            raise Permanent(f"the proof cannot be read: {says}") from fault
        self._refuse_old(checked.date)
        return checked

    def _refuse_old(self, date: str) -> None:
        try:
            made = datetime.strptime(date, _DATE).replace(tzinfo=UTC)
        except ValueError as impossible:
            raise Permanent("the proof holds a date that does not exist") from impossible
        age = self._clock() - made
        if abs(age) > LIFE:
            raise Permanent(
                f"the proof was made {age.total_seconds():.0f} s ago, and holds for {LIFE.total_seconds():.0f} s: "
                "sign again, and check the clock of the machine that signs"
            )

    def _signed(self, proof: Proof, statement: Statement) -> AWSPreparedRequest:
        request = question(self._url, self._stack, statement)
        request.headers["X-Amz-Date"] = proof.date
        if proof.session_token:
            request.headers["X-Amz-Security-Token"] = proof.session_token
        names = ";".join(sorted([*(name.lower() for name in request.headers), "host"]))
        scope = f"{proof.access_key}/{proof.date[:8]}/{self._region}/sts/aws4_request"
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={proof.signature}"
        )
        return request.prepare()

    def _asked(self, request: AWSPreparedRequest) -> str:
        try:
            # The session follows no redirects and sends only to STS.
            answered = self._send(request)
        except BotoCoreError as error:
            raise in_our_words(error, _OPERATION) from error
        status, body = int(answered.status_code), answered.content.decode(errors="replace")
        if status == _OK:
            told = _TOLD.match(body)
            return told[1] if told else ""
        said = _CODE.search(body)
        code = said[1] if said else ""
        passing = status >= _SERVER_FAULT or status == _TOO_MANY_REQUESTS or code.startswith(_THROTTLED)
        raise (Transient if passing else Permanent)(f"STS does not confirm the proof: {status} {code}".rstrip())


def _to_sts(request: AWSPreparedRequest) -> Any:
    """Send a request and return the response.

    The session reads certificates when it is created, and most cold starts bring no proof.
    """
    return URLLib3Session(timeout=_TIMEOUT).send(request)
