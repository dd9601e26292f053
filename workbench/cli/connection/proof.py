"""Signs the statement of a person or a detector, so that the stack can ask AWS for the signer (kedge.adapters.sts)."""

import re
from typing import Any, Final

from botocore.auth import SigV4Auth

from kedge.adapters.sts import question
from kedge.domain.statement import Statement

_SIGNATURE: Final = re.compile(r"Signature=([0-9a-f]{64})")


class NobodySigns(Exception):
    """There are no credentials to sign with."""


def proof_of(session: Any, url: str, function_arn: str, statement: Statement) -> dict[str, str]:
    """Return the signature of boto3's session for a statement to one function, with everything needed to verify it.

    It is valid for 1 minute, and nothing is sent. `url` is where the stack asks STS (`kedge.adapters.sts.sts_url` of
    its Region).

    Raises:
        NobodySigns: there are no credentials.
    """
    found = session.get_credentials()
    if found is None:
        raise NobodySigns("there are no AWS credentials")
    credentials = found.get_frozen_credentials()
    request = question(url, function_arn, statement)
    SigV4Auth(credentials, "sts", function_arn.split(":")[3]).add_auth(request)
    signature = _SIGNATURE.search(request.headers["Authorization"])
    if signature is None:
        raise NobodySigns("botocore signed in a way that is not known")
    proof = {
        "access_key": credentials.access_key,
        "date": request.headers["X-Amz-Date"],
        "signature": signature[1],
    }
    return proof | ({"session_token": credentials.token} if credentials.token else {})
