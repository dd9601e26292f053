"""What all signals have in common."""

from datetime import datetime

from msgspec import Struct

from kedge.domain.provenance import Provenance
from kedge.domain.target import Target


class Signal(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Something that happened to a target.

    `id` names what happened, never the envelope that told of it: two envelopes of one fact have one id.
    `at` is the time at which it happened (UTC), which need not be the order in which it arrived. `provenance` says who confirms
    it; by default, nobody does.
    """

    id: str
    at: datetime
    target: Target
    provenance: Provenance = Provenance()


class Tagged(Signal, frozen=True, kw_only=True):
    """A signal that may open an incident. `tags` are those of the endpoint (or schedule), as far as they could be read.

    `vague` says that nothing tells what its source looks at, so that the target is only the source itself. `moved_to` is the target
    that the source looks at now, if this is its last word in a case that it left.
    """

    tags: dict[str, str] = {}
    vague: bool = False
    moved_to: str = ""
