"""Clients that pass on what they are asked to AWS, and write down what it answered: what is read is what will be replayed.

Of each answer and object only what Kedge reads is written, and given to whoever asks.
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

# Answers that are asked for again: schedules and tags by every run of them.
_REMEMBERED: Final = 4096
_IDENTITY: Final = re.compile(r"arn:[\w-]++:(?:sts|iam)::[^\s\"',]++")


class RecordingAws:
    """AWS, written down. `client` gives boto3's own clients, by their name for the service."""

    def __init__(self, client: Clients, book: Book, folder: Path) -> None:
        """Answers go to the book, objects to `s3/` in the folder."""
        self._client = client
        self.book = book
        self.shelf = Shelf(folder / "s3")
        self._remembered: OrderedDict[bytes, Response | ClientError] = OrderedDict()

    def client(self, service: str) -> "RecordingClient":
        """A client that writes down what it is answered."""
        return RecordingClient(service, self._client(service), self)

    def remembered(self, question: bytes, ask: Callable[[], Response]) -> Response:
        """The answer to a question, asked once."""
        known = self._remembered.get(question)
        if known is None:
            try:
                known = ask()
            except ClientError as error:
                # What may work the next time is no answer. It ends the recording, which can go on later.
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
    """One service's client. What lies within a response is there to be read: it may be given to others, too."""

    def __init__(self, service: str, real: Any, aws: RecordingAws) -> None:
        """Ask `RecordingAws.client` for one. `real` is boto3's."""
        self._service = service
        self._real = real
        self._aws = aws
        self._operations = {xform_name(name): name for name in service_model(service).operation_names}

    def __getattr__(self, method: str) -> Callable[..., Response]:
        """The method of an operation."""
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
        """The object as a file, fetched unless it is there already; a missing one leaves nothing behind, as it should."""
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
    """The words of a refusal, without whom AWS refused: that was whoever made the recording, and not Kedge."""
    message = str(error.response.get("Error", {}).get("Message", ""))
    return {"Code": code_of(error), "Message": _IDENTITY.sub("…", message)}
