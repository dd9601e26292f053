"""What is only remembered: changes that open no incident, and that later decisions may want to know of."""

from datetime import datetime

from kedge.domain.decision import Decision, Last, Reason, State
from kedge.domain.ids import mark
from kedge.domain.signal import AnySignal, Change, EndpointChanged
from kedge.policy.case import REMEMBERED
from kedge.policy.rules import Policy


def note(policy: Policy, state: State, signal: AnySignal, at: datetime) -> Decision:
    """Remember a change of which nothing follows. `at` is when it happened, by a clock that does not run ahead.

    Told of again it is a duplicate. Only an endpoint's statuses follow one another in time: executions and packages
    stand for themselves, and a deployment's stages carry no common clock.
    """
    kind = type(signal).__name__
    known_by = mark(signal.id)
    if known_by in state.recent:
        return Decision(
            reason=Reason.DUPLICATE, state=state, changed=False, because="this was heard before", policy=policy.label
        )
    recent = (*state.recent, known_by)[-REMEMBERED:]
    heard = State(incident=state.incident, sources=state.sources, recent=recent)
    if not isinstance(signal, EndpointChanged):
        return Decision(
            reason=Reason.NOTED, state=heard, changed=True, because=f"{kind} was noted", policy=policy.label
        )
    last = state.sources.get(Change.ENDPOINT)
    if last is not None and at < last.at:
        because = f"{signal.target.name} has been heard of since, at {last.at:%Y-%m-%d %H:%M}"
        return Decision(reason=Reason.SUPERSEDED, state=heard, changed=True, because=because, policy=policy.label)
    newest = {Change.ENDPOINT.value: Last(id=signal.id, at=at, finished=at)}
    known = State(incident=state.incident, sources=newest, recent=recent)
    return Decision(
        reason=Reason.NOTED,
        state=known,
        changed=True,
        because=f"{signal.target.name} is {signal.status}",
        policy=policy.label,
    )
