"""A person decided about an incident: `kedge incident ack`, or a caller of the function people with a `Decision Made`."""

from kedge.domain.provenance import Provenance
from kedge.domain.run import Monitor
from kedge.domain.signal import Act, DecisionMade
from kedge.domain.target import Target
from kedge.sources.origin import Event
from kedge.sources.person import Person, choice, said, when
from kedge.sources.place import Place


def read_decision(event: Event, person: Person, provenance: Provenance) -> DecisionMade:
    """Return the decision in `{"id", "at", "incident", "target", "monitor", "act", "by", "comment"}`.

    `target` is written as messages write it, `<account>/<region>/<kind>/<name>`. Only a note needs a `comment`. Without `at` it is the
    time of the event. If the person is proven, `by` counts for nothing. Raises MalformedSignal.
    """
    detail = event.detail
    act = choice(detail, "act", Act)
    comment = said(detail, "comment")
    if act is Act.NOTE and not comment:
        raise detail.at("comment").fault("must hold the note")
    return DecisionMade(
        id=f"decision/{detail.need('id', 'an id that no other decision has')}",
        at=when(event, detail),
        target=_target(detail),
        incident=detail.need("incident", "the incident's id"),
        monitor=choice(detail, "monitor", Monitor),
        act=act,
        by=person.named(detail, "by", "the name of the person who decided"),
        proven=person.proven,
        comment=comment,
        provenance=provenance,
    )


def _target(detail: Place) -> Target:
    text = detail.need("target", "the incident's target")
    try:
        return Target.parse(text)
    except ValueError:
        wanted = "<account>/<region>/<kind>/<name>, such as 111122223333/us-east-1/endpoint/churn-prod"
        raise detail.at("target").fault(f"must be {wanted}") from None
