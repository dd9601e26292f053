"""Who says yes: AWS itself vouches for it.

Whoever answers signs a request of GetCallerIdentity that carries, as signed headers, the plan's digest and the answer. He does
not send it; he hands over what only he could make, the signature. Here the request is built again from what is known anyway,
sent to STS, and the ARN in its answer is whose signature it was. Nothing of what was handed over chooses a host, an action or a
header, so none of them has to be checked: the flaws of others who do likewise were in those checks (CVE-2020-16250 of Vault).
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

from kedge.aws.calls import in_our_words
from kedge.domain.action import Answer
from kedge.errors import Permanent, Transient

LIFE: Final = timedelta(seconds=60)
"""How long a proof is believed, and how far its clock may be ahead. STS itself takes it for 15 minutes, whatever X-Amz-Expires says."""
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
# The outermost element says to which question it is the answer.
_TOLD: Final = re.compile(
    r"\s*+(?:<\?xml[^>]*+>\s*+)?+<GetCallerIdentityResponse\b[^>]*+>\s*+<GetCallerIdentityResult>.*?<Arn>([^<]*+)</Arn>",
    re.DOTALL,
)
_CODE: Final = re.compile(r"<Code>(\w+)</Code>")
_ARN: Final = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::([0-9]{12}):\S+")

type Send = Callable[[AWSPreparedRequest], Any]


class Proof(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is handed over. It opens nothing: with it, one can say what it says for a minute, and ask STS whose it is.

    Each part has the only form that it may have: a line break would begin another header.
    """

    access_key: Annotated[str, Meta(pattern=r"\A[A-Z0-9]{12,128}\Z")]
    date: Annotated[str, Meta(pattern=r"\A[0-9]{8}T[0-9]{6}Z\Z")]
    signature: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    session_token: Annotated[str, Meta(pattern=r"\A[!-~]{0,8192}\Z")] = ""


def sts_url(region: str, env: Mapping[str, str]) -> str:
    """Where a region's STS is asked: both sides have to know the same. AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL, on a local stack.

    botocore's own choice depends on its version: until 2025 it was sts.amazonaws.com for some regions.
    """
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    local = env.get("AWS_ENDPOINT_URL_STS") or env.get("AWS_ENDPOINT_URL")
    return local or f"https://sts.{region}.{suffix}"


def question(url: str, digest: str, answer: Answer) -> AWSRequest:
    """The request that is signed on one side and built again on the other, without signature, date and token."""
    headers = {"Content-Type": _FORM, "x-kedge-answer": answer.value, "x-kedge-digest": digest}
    return AWSRequest(method="POST", url=f"{url.rstrip('/')}/", data=_BODY, headers=headers)


class StsIdentity:
    """Finds out from STS who made a proof."""

    def __init__(
        self, url: str, region: str, account: str, clock: Callable[[], datetime], send: Send | None = None
    ) -> None:
        """`url` is as `sts_url` tells; `account` is the one whose people may answer."""
        self._url = url
        self._region = region
        self._account = account
        self._clock = clock
        self._send: Send = send or URLLib3Session(timeout=_TIMEOUT).send

    def vouched_for(self, proof: Mapping[str, object], digest: str, answer: Answer) -> str:
        """The ARN of who answered so to exactly this plan, less than a minute ago.

        Of an assumed role it is `arn:aws:sts::<account>:assumed-role/<role>/<session>`; the session's name is whoever assumes
        the role free to choose, unless the role's trust policy binds it. Raises Permanent where AWS does not vouch for it, with
        why, and Transient where STS could not be asked. Neither repeats the proof.
        """
        checked = self._checked(proof, digest)
        arn = self._asked(self._signed(checked, digest, answer))
        found = _ARN.fullmatch(arn)
        if found is None or found[1] != self._account:
            raise Permanent(f"{arn!r} is nobody of the account {self._account}")
        return arn

    def _checked(self, proof: Mapping[str, object], digest: str) -> Proof:
        if not _DIGEST.fullmatch(digest):
            raise Permanent(f"{digest!r} is not the digest of a plan")
        try:
            checked = msgspec.convert(proof, Proof)
        except msgspec.ValidationError as fault:
            raise Permanent(f"the proof is none: {fault}") from fault
        self._refuse_old(checked.date)
        return checked

    def _refuse_old(self, date: str) -> None:
        try:
            made = datetime.strptime(date, _DATE).replace(tzinfo=UTC)
        except ValueError as impossible:
            raise Permanent("the date of the proof is none") from impossible
        age = self._clock() - made
        if abs(age) > LIFE:
            raise Permanent(
                f"the proof was made {age.total_seconds():.0f} s ago, and holds for {LIFE.total_seconds():.0f} s: "
                "make another; if that does not help, a clock is wrong"
            )

    def _signed(self, proof: Proof, digest: str, answer: Answer) -> AWSPreparedRequest:
        request = question(self._url, digest, answer)
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
            # It follows no redirect, and it is sent to nobody but STS.
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
        raise (Transient if passing else Permanent)(f"STS does not vouch for it: {status} {code}".rstrip())
