"""Answers that come in pages."""

from collections.abc import Callable, Iterator

from kedge.aws.calls import Response, tell

type _Call = Callable[..., Response]


def pages(call: _Call, more: str = "NextToken", **parameters: object) -> Iterator[Response]:
    """Every page of a listing. `more` names the token in request and answer alike. Raises Conflict, Transient, Permanent."""
    token: dict[str, object] = {}
    while True:
        page = tell(call, **parameters, **token)
        yield page
        if not page.get(more):
            return
        token = {more: page[more]}
