"""What speaks for a config: when it served, how its runs went, and who named it."""

from kedge.domain.deployment import Arrival, Deployment
from kedge.policy.deployments import EVER
from kedge.policy.moments import day, span
from kedge.policy.plans.request import Request


def record_of(request: Request, good: Deployment) -> str:
    """The end of a sentence about a config: `which served from 3 to 20 November 2026 and whose last 14 runs were clean`."""
    found = [part for part in (_served(request, good), _runs(good), _named(request, good)) if part]
    return " and ".join(found) or "of which nothing else is known"


def _served(request: Request, good: Deployment) -> str:
    if good not in request.here.deployments.history:
        return "which was not seen to serve here"
    until = good.until or request.now
    found = good.arrival is Arrival.FOUND or good.since == EVER
    return f"which served until {day(until)}" if found else f"which served {span(good.since, until)}"


def _runs(good: Deployment) -> str:
    clean = sum(tally.clean for tally in good.runs.values())
    every = clean + sum(tally.bad for tally in good.runs.values())
    if every == 0:
        return ""
    if clean == every:
        return "whose one run was clean" if every == 1 else f"whose last {every} runs were clean"
    return f"of whose {every} runs {clean} were clean"


def _named(request: Request, good: Deployment) -> str:
    tag = request.policy.document.ownership.known_good_tag
    if good.config in request.tags.get(tag, "").split():
        return f"which the tag {tag} names as good"
    mark = next((mark for mark in request.here.deployments.marks if mark.config == good.config and mark.good), None)
    return f"which {mark.speaker} named as good on {day(mark.at)}" if mark is not None else ""
