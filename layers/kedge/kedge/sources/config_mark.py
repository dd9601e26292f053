"""A person said what an endpoint config is worth: `kedge deployment pin`, or a caller of the function people with a `Config Marked`."""

from kedge.domain.provenance import Provenance
from kedge.domain.signal import ConfigMarked
from kedge.domain.target import Target, TargetKind
from kedge.sources.names import is_config
from kedge.sources.origin import Event
from kedge.sources.person import Person, said, when


def read_config_mark(event: Event, person: Person, provenance: Provenance) -> ConfigMarked:
    """Return the mark in `{"id", "at", "target", "config", "good", "by", "comment"}`.

    `target` is written as messages write it, and is an endpoint. `good` is true, false, or null for neither any more. Without `at` it is
    the time of the event. If the person is proven, `by` counts for nothing. Raises MalformedSignal.
    """
    detail = event.detail
    text = detail.need("target", "the endpoint, as <account>/<region>/endpoint/<name>")
    try:
        target = Target.parse(text)
    except ValueError:
        target = None
    if target is None or target.kind is not TargetKind.ENDPOINT:
        wanted = "<account>/<region>/endpoint/<name>, such as 111122223333/us-east-1/endpoint/churn-prod"
        raise detail.at("target").fault(f"must be {wanted}")
    config = detail.need("config", "the name of an endpoint config")
    if not is_config(config):
        raise detail.at("config").fault(
            "must be the name of an endpoint config: letters, digits and hyphens, 63 at most"
        )
    good = detail.at("good").value
    if good is not None and not isinstance(good, bool):
        raise detail.at("good").fault("must be true, false, or null")
    return ConfigMarked(
        id=f"config-mark/{detail.need('id', 'an id that no other mark has')}",
        at=when(event, detail),
        target=target,
        config=config,
        good=good,
        by=person.named(detail, "by", "the name of the person who says so"),
        proven=person.proven,
        comment=said(detail, "comment"),
        provenance=provenance,
    )
