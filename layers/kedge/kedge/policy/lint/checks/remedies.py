"""Checks that remedies name what they start."""

from collections.abc import Iterator

from kedge.domain.remedy import RemedyName
from kedge.policy.lint.fault import Fault, listing, near, parted, quoted
from kedge.policy.lint.tree import Node, NodeKind
from kedge.remediation.plans.parameters import FILLED_IN, parsed
from kedge.remediation.remedies import REMEDIES


def using(document: Node) -> Iterator[Fault]:
    """Yield remedies that call something without `using`, or have `using` and start nothing.

    For an endpoint's retraining, its own tag may name the pipeline.
    """
    for rule in document.each("remedies"):
        remedy, what = rule.get("remedy"), rule.get("using")
        if remedy is None or remedy.text not in RemedyName:
            continue
        if remedy.text == RemedyName.INVOKE and what is None:
            yield rule.fault(
                f"{remedy.text} does not say what it starts",
                "add `using:` with the ARN of a pipeline, state machine, function or project",
            )
        row = REMEDIES[RemedyName.of(remedy.text)]
        starters = row.starters if row is not None else ()
        if starters and what is not None and what.kind is NodeKind.TEXT:
            service = what.text.split(":")[2] if what.text.startswith("arn:") else None
            if service is not None and service not in starters:
                yield what.fault(f"{remedy.text} starts nothing of {quoted(service)}", listing(starters))
        if not starters and what is not None:
            yield what.fault(
                f"{remedy.text} starts nothing of yours", "remove `using`, or did you mean retrain or invoke?"
            )


def parameters(document: Node) -> Iterator[Fault]:
    """Yield templates that cannot be filled in. Plans read them in the same way."""
    for rule in document.each("remedies"):
        given = rule.get("parameters")
        for _, value in given.entries if given is not None else ():
            if value.kind is not NodeKind.TEXT:
                continue
            try:
                parsed(value.text)
            except ValueError as error:
                why, mend = parted(str(error))
                name = why.partition("{")[2].rstrip("}")
                yield value.fault(why, (near(name, FILLED_IN) if name.isidentifier() else "") or mend)
