"""What the command line hands over so that AWS can vouch for who answers: see kedge.aws.identity."""

import re
from typing import Any, Final

from botocore.auth import SigV4Auth

from kedge.aws.identity import question
from kedge.domain.action import Answer

_SIGNATURE: Final = re.compile(r"Signature=([0-9a-f]{64})")


class NobodySigns(Exception):
    """There are no credentials to sign with."""


def proof_of(session: Any, url: str, digest: str, answer: Answer) -> dict[str, str]:
    """The signature of boto3's session under this answer to this plan, and what is needed to look whose it is.

    It holds for a minute. `url` is where the stack asks STS (`kedge.aws.identity.sts_url` of its region). Nothing is sent. Raises
    NobodySigns.
    """
    found = session.get_credentials()
    if found is None:
        raise NobodySigns("there are no AWS credentials")
    credentials = found.get_frozen_credentials()
    request = question(url, digest, answer)
    SigV4Auth(credentials, "sts", session.region_name).add_auth(request)
    signature = _SIGNATURE.search(request.headers["Authorization"])
    if signature is None:
        raise NobodySigns("botocore signed in a way that is not known")
    proof = {
        "access_key": credentials.access_key,
        "date": request.headers["X-Amz-Date"],
        "signature": signature[1],
    }
    return proof | ({"session_token": credentials.token} if credentials.token else {})
