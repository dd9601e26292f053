"""How an incident's news are answered by a remedy: when one is looked for, and what of it goes into the decision."""

from datetime import datetime
from typing import Final

import msgspec

from kedge.domain.action import OVER, Acting, Stage
from kedge.domain.around import Around
from kedge.domain.decision import Decision, Reason, Refused, Remedied, State
from kedge.domain.incident import Incident
from kedge.domain.remedy import Mode, Refusal
from kedge.domain.run import BAD
from kedge.policy.actions import acting_of, start_of
from kedge.policy.due import due_of
from kedge.policy.rules import Policy
from kedge.policy.telling import News
from kedge.policy.treatment import LOOK_AGAIN, treat

type Treated = Remedied | Refused

_ANEW: Final = frozenset({Reason.FIRST_SEEN, Reason.REOPENED, Reason.CAUSE_CHANGED})
# What was only said may be said otherwise as soon as something is known that was not.
_ONLY_SAID: Final = frozenset({Stage.PROPOSED, Stage.REFUSED})


def answer(policy: Policy, news: News, around: Around, now: datetime) -> tuple[News, Treated | None]:
    """News with the remedy that answers them, and that remedy where it is new; None where there is none, or the same as before."""
    incident, here = news.incident, around.here
    if incident is None or here is None or not _is_looked_for(news, incident, now):
        return news, None
    treated = treat(policy, news.state, incident, here, now)
    if treated is None:
        return news, None
    acting, before = acting_of(treated, now), incident.remedy
    if before is not None and _same(before, acting) and news.reason not in _ANEW:
        # When to look again may have moved, and that is all.
        kept = msgspec.structs.replace(before, until=acting.until)
        return _with(news, incident, kept), None
    answered = _with(news, incident, acting)
    is_said = isinstance(treated, Remedied) and acting.stage is Stage.PROPOSED and treated.plan is not None
    if is_said and not news.tells:
        answered = msgspec.structs.replace(answered, tells=True, why=Reason.REMEDY_PROPOSED)
    return answered, treated


def look(policy: Policy, state: State, around: Around, now: datetime) -> tuple[News, Treated | None] | None:
    """The news that a remedy which was held back until now brings; None where there is none, or nothing is known around it."""
    incident = state.incident
    acting = incident.remedy if incident is not None else None
    if incident is None or acting is None or around.here is None or not is_due(incident, now):
        return None
    changed = msgspec.structs.replace(incident, changed=now, revision=incident.revision + 1)
    news = News(state=state, reason=Reason.REMEDY_NEWS, because="", incident=changed)
    answered, treated = answer(policy, news, around, now)
    if treated is None:
        return None
    return msgspec.structs.replace(answered, because=treated.says), treated


def is_due(incident: Incident, now: datetime) -> bool:
    """Whether a remedy that was only said, or held back, is to be looked at again now."""
    acting = incident.remedy
    return (
        incident.is_open
        and acting is not None
        and acting.stage in _ONLY_SAID
        and acting.until is not None
        and acting.until <= now
    )


def looked_again(state: State, now: datetime) -> State:
    """The state after a look that changed nothing: what passes by itself is looked at again a little later."""
    incident = state.incident
    if incident is None or incident.remedy is None or not is_due(incident, now):
        return state
    later = msgspec.structs.replace(incident.remedy, until=now + LOOK_AGAIN)
    return msgspec.structs.replace(state, incident=msgspec.structs.replace(incident, remedy=later))


def decided(policy: Policy, decision: Decision, treated: Treated | None, now: datetime) -> Decision:
    """The decision with the remedy, and with what is to be started for it: nothing of which nobody hears."""
    incident = decision.incident
    if treated is None or incident is None:
        return decision
    if isinstance(treated, Remedied) and treated.mode is not Mode.DRY_RUN and _unheard(decision, incident):
        treated = _held(treated, decision)
        incident = msgspec.structs.replace(incident, remedy=acting_of(treated, now))
    if isinstance(treated, Refused):
        return _put(policy, decision, incident, treated, now)
    start = start_of(policy, decision.state, incident, treated, now)
    if start is not None:
        incident = msgspec.structs.replace(incident, tried=incident.tried + 1)
    put = _put(policy, decision, incident, treated, now)
    return msgspec.structs.replace(put, errands=() if start is None else (start,))


def _is_looked_for(news: News, incident: Incident, now: datetime) -> bool:
    if not incident.is_open or (news.verdict is not None and news.verdict not in BAD):
        return False
    acting = incident.remedy
    if acting is None or is_due(incident, now):
        return True
    if news.reason in _ANEW:
        return acting.stage in OVER
    return acting.stage in _ONLY_SAID and news.verdict is not None


def _same(before: Acting, now: Acting) -> bool:
    """Whether the same is said again: a plan that is only rehearsed names the newest run, and is no other for that.

    What was held back for a while, and is a question now, is another.
    """
    return _kind(before) == _kind(now)


def _kind(acting: Acting) -> tuple[object, ...]:
    held_for_good = acting.why is Refusal.HOLD and acting.until is None
    return acting.remedy, acting.mode, acting.stage, acting.why, acting.digest is None, held_for_good


def _with(news: News, incident: Incident, acting: Acting) -> News:
    return msgspec.structs.replace(news, incident=msgspec.structs.replace(incident, remedy=acting))


def _unheard(decision: Decision, incident: Incident) -> bool:
    return not decision.effects and not incident.told


def _held(treated: Remedied, decision: Decision) -> Refused:
    quiet = decision.quieted[0] if decision.quieted else None
    why = f" ({quiet.quiet} by {quiet.by})" if quiet is not None else ""
    ends = [each.until for each in decision.quieted if each.until is not None]
    says = f"nobody has been told of the incident{why}, and nothing is done that nobody knows of"
    return Refused(remedy=treated.remedy, why=Refusal.HOLD, says=says, until=min(ends, default=None))


def _put(policy: Policy, decision: Decision, incident: Incident, treated: Treated, now: datetime) -> Decision:
    state = msgspec.structs.replace(decision.state, incident=incident)
    state = msgspec.structs.replace(state, due=due_of(policy, state, now))
    return msgspec.structs.replace(decision, state=state, incident=incident, remedies=(treated,))
