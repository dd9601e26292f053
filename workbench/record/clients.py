"""Clients that forward calls to AWS and record the answers: the reader gets exactly what a replay will get.

Only the fields that Kedge reads are written, and returned to the caller.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from botocore import xform_name
from botocore.exceptions import ClientError

from kedge.adapters.errors import Meaning, code_of, meaning_of
from workbench.record import kept, reports
from workbench.record.book import Book
from workbench.record.session import Clients
from workbench.recordings.bucket import Bucket
from workbench.recordings.objects import Shelf
from workbench.recordings.shapes import service_model

type Response = dict[str, Any]

# Answers that are requested repeatedly: every run asks for schedules and tags.
_REMEMBERED: Final = 4096
_IDENTITY: Final = re.compile(r"arn:[\w-]++:(?:sts|iam)::[^\s\"',]++")


class RecordingAws:
    """A recorder of AWS. `client` returns boto3's own clients by service name."""

    def __init__(self, client: Clients, book: Book, folder: Path) -> None:
        """Keep the parts. Answers go to the book, objects to `s3/` in the folder."""
        self._client = client
        self.book = book
        self.shelf = Shelf(folder / "s3")
        self._remembered: OrderedDict[bytes, Response | ClientError] = OrderedDict()

    def client(self, service: str) -> "RecordingClient":
        """Return a client that records its answers."""
        return RecordingClient(service, self._client(service), self)

    def remembered(self, question: bytes, ask: Callable[[], Response]) -> Response:
        """Return the answer to a question, which is asked once."""
        known = self._remembered.get(question)
        if known is None:
            try:
                known = ask()
            except ClientError as error:
                # A transient error is not an answer. It ends the recording, which can continue later.
                if meaning_of(error) is Meaning.TRANSIENT:
                    raise
                known = error
            self._remembered[question] = known
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        if isinstance(known, ClientError):
            raise known.with_traceback(None)
        return known


class RecordingClient:
    """One service's client. Callers must not change the contents of a response, because several may share it."""

    def __init__(self, service: str, real: Any, aws: RecordingAws) -> None:
        """Keep the parts; use `RecordingAws.client` to create one. `real` is boto3's client."""
        self._service = service
        self._real = real
        self._aws = aws
        self._operations = {xform_name(name): name for name in service_model(service).operation_names}

    def __getattr__(self, method: str) -> Callable[..., Response]:
        """Return the method of an operation."""
        operation = self._operations.get(method)
        if operation is None:
            raise AttributeError(f"the {self._service} client has no method {method}")
        if (self._service, operation) == ("s3", "GetObject"):
            return self._get_object
        name = f"{self._service}.{operation}"

        def call(**asked: Any) -> Response:
            question = msgspec.json.encode([name, asked], order="sorted")
            return self._aws.remembered(question, lambda: self._ask(name, getattr(self._real, method), asked))

        call.__name__ = method
        return call

    def _ask(self, name: str, method: Callable[..., Response], asked: Mapping[str, Any]) -> Response:
        try:
            response = method(**asked)
        except ClientError as error:
            if meaning_of(error) is not Meaning.TRANSIENT:
                self._aws.book.answer(name, asked, error=_words(error))
            raise
        trimmed = kept.answer(name, response)
        self._aws.book.answer(name, asked, response=trimmed)
        return trimmed

    def _get_object(self, **asked: Any) -> Response:
        """Return the object as a file, fetched unless it exists already; a missing object leaves no file."""
        bucket, key = asked["Bucket"], asked["Key"]
        if self._aws.shelf.find(bucket, key) is None:
            self._fetch(bucket, key)
        answered = Bucket(self._aws.shelf).answer("GetObject", asked)
        if isinstance(answered, dict):
            return answered
        code = "NoSuchKey" if answered is None else answered.code
        raise ClientError({"Error": {"Code": code, "Message": f"s3://{bucket}/{key}"}}, "GetObject")

    def _fetch(self, bucket: str, key: str) -> None:
        try:
            body = self._real.get_object(Bucket=bucket, Key=key)["Body"]
        except ClientError as error:
            if meaning_of(error) is Meaning.PERMANENT:
                self._aws.book.answer("s3.GetObject", {"Bucket": bucket, "Key": key}, error=_words(error))
            raise
        path = self._aws.shelf.place(bucket, key)
        self._aws.book.write(path, reports.kept(key, body.read))


def _words(error: ClientError) -> dict[str, str]:
    """Return the words of a refusal without the caller's identity, which is the recording person's, not Kedge's."""
    message = str(error.response.get("Error", {}).get("Message", ""))
    return {"Code": code_of(error), "Message": _IDENTITY.sub("…", message)}
