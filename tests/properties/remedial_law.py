"""What must hold of every remedy that is carried out, looked at by a model that knows what people said and what SageMaker took."""

import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from kedge.domain.action import Action, Answer
from kedge.domain.facts import Endpoint
from kedge.domain.incident import IncidentState
from kedge.domain.plan import Plan
from kedge.domain.reason import Reason
from kedge.domain.remedy import Mode
from kedge.domain.stage import Stage
from kedge.policy.compiled import Policy
from tests.properties.remedial_ring import RemedialRing
from tests.support.stages import DONE, OVER
from tests.support.stories import CHURN

APPROVERS = ("responder", "robin", "kedge")
OUTCOMES = frozenset({Stage.VERIFIED, Stage.FAILED, Stage.UNVERIFIED})
TOLD = frozenset({Reason.REMEDY_VERIFIED, Reason.REMEDY_FAILED, Reason.REMEDY_UNVERIFIED})
# Between the intent, which limits count from, and a call that was taken at a later try.
TRIES = timedelta(minutes=5)


class Said(NamedTuple):
    """What somebody said of a plan, whether they were told that it counts or not."""

    digest: str
    by: str
    answer: Answer
    at: datetime


class Law:
    """`broken` are the sentences that were found not to hold, as they were found."""

    def __init__(self, ring: RemedialRing) -> None:
        self.ring = ring
        self.said: list[Said] = []
        self.acts: list[tuple[datetime, Plan]] = []
        self.broken: list[str] = []
        ring.fleet.asked = self._acts
        ring.actions.sees = self._moves

    @property
    def policy(self) -> Policy:
        return self.ring.policy

    # At the moment at which SageMaker is asked

    def _acts(self, name: str, before: Endpoint, plan: Plan) -> None:
        now, held = self.ring.now, self.ring.actions.load(plan.digest)
        self.broken += [f"{now:%H:%M:%S} {name}: {why}" for why in self._against(before, plan, held and held.action)]
        self.acts.append((now, plan))

    def _against(self, before: Endpoint, plan: Plan, action: Action | None):
        if action is None or action.stage is not Stage.ACTING or action.called is None:
            yield f"an act whose intent nobody kept: {action and action.stage}"
            return
        if any(each.digest == plan.digest for _, each in self.acts):
            yield "a second act for one plan"
        if before.config != plan.doing.from_config:
            yield f"an act on {before.config}, and the plan was made for {plan.doing.from_config}"
        if self.ring.stopped:
            yield "an act though the kill switch was on when the step began"
        if action.mode is not Mode.AUTO and not self._approved(action):
            yield f"an act that nobody approved: {self._of(action)}"
        yield from self._limits(plan)

    def _of(self, action: Action) -> list[Said]:
        return [each for each in self.said if each.digest == action.digest]

    def _approved(self, action: Action) -> bool:
        if action.asked is None or action.expires is None:
            return False
        said = [each for each in self._of(action) if action.asked <= each.at < action.expires]
        yes = {each.by for each in said if each.answer is Answer.APPROVE and each.by in APPROVERS}
        return len(yes) >= action.required

    def _limits(self, plan: Plan):
        limits, now = self.policy.limits, self.ring.now
        counted = [each for at, each in self.acts if at > now - limits.per + TRIES]
        if len(counted) >= limits.most_actions:
            yield f"{len(counted) + 1} acts in {limits.per}"
        others = {each.target for each in counted} - {plan.target}
        if others and len(others) + 1 > max(1, int(limits.share * len(self.ring.fleet.tagged))):
            yield f"acts on {len(others) + 1} of {len(self.ring.fleet.tagged)} endpoints"
        ours = [(at, each) for at, each in self.acts if each.target == plan.target]
        if any(at > now - limits.cooldown + TRIES for at, _ in ours):
            yield f"an act within {limits.cooldown} of another"
        for _, each in ours:
            other = self.ring.actions.load(each.digest)
            if other is not None and not other.action.is_over:
                yield f"an act while another is {other.action.stage}"
            if each.doing.from_config == plan.doing.to_config:
                yield f"back to {plan.doing.to_config}, away from which it was rolled back"

    # At the moment at which an action comes to a stage

    def _moves(self, action: Action) -> None:
        taken = any(each.digest == action.digest for _, each in self.acts)
        name = action.plan.target.name
        if taken and action.stage in OVER - OUTCOMES:
            self.broken.append(
                f"{self.ring.now:%H:%M} {name}: it was done, and is said to be {action.stage}: {action.says}"
            )
        if action.stage is Stage.VERIFIED:
            if not taken:
                self.broken.append(f"{name}: verified, and SageMaker never took a call")
            if self.ring.fleet.truth(name).config != action.plan.doing.to_config:
                self.broken.append(f"{name}: verified, and it runs {self.ring.fleet.truth(name).config}")
        if action.stage is Stage.ACTING and self.policy.limits.kill_switch and self.ring.stopped:
            self.broken.append(f"{name}: permitted, though the kill switch was on")
        if action.stage is Stage.ACTING and not (self.ring.fleet.tagged[name] or self.ring.tagged[name]):
            self.broken.append(f"{name}: permitted, though its team does not allow it")

    # At the end

    def settled(self) -> None:
        """What must hold when nothing breaks any more and as much time has passed as the policy may take."""
        assert self.broken == []
        heard = self._heard()
        unheard = self._unheard()
        for _, plan in self.acts:
            action = self.ring.actions.load(plan.digest).action
            assert action.stage in OUTCOMES or plan.digest in unheard, (action, self._path(plan.digest))
            assert self._is_told(plan, heard), (action, self._path(plan.digest))
        still = [each for each in self.ring.actions.open(1_000) if each.digest not in unheard]
        assert still == [], [(each.stage, self._path(each.digest)) for each in still]
        for incident in self.ring.ledger.incidents.values():
            if incident.is_open and incident.remedy is not None and incident.remedy.digest is not None:
                assert incident.remedy.stage in OVER, (incident.remedy, self._path(incident.remedy.digest))
            if incident.state is IncidentState.MITIGATING:
                assert incident.remedy.stage in OUTCOMES, incident.remedy
        self._every_stage_is_on_a_timeline(unheard)
        self._register_is_right()

    def _unheard(self) -> set[str]:
        """Plans whose workflow could not even say that it failed, or that never began: only the incident's own moment tells of them."""
        executions = self.ring.engine.executions
        failed = {each.input["action"] for each in executions.values() if each.ended == "FAILED"}
        waiting = {each.digest for each in self.ring.actions.open(1_000) if _named(each) not in executions}
        return failed | waiting

    def _path(self, digest: str) -> list[object]:
        found = [each for each in self.ring.engine.executions.values() if each.input["action"] == digest]
        return [(each.name[64:], each.path, each.due, each.ended) for each in found] + self.ring.faults.happened

    def _heard(self) -> list[dict]:
        return [json.loads(message.body) for message in self.ring.programs.sent]

    def _is_told(self, plan: Plan, heard: list[dict]) -> bool:
        for each in heard:
            remedy = each["remedy"]
            if each["incident"] == plan.incident and each["state"] == IncidentState.RESOLVED:
                return True
            if remedy is not None and remedy["digest"] == plan.digest and remedy["stage"] in OUTCOMES:
                return True
            if each["target"]["id"] == str(plan.target) and each["why"] in TOLD:
                return True
        return False

    def _every_stage_is_on_a_timeline(self, unheard: set[str]) -> None:
        lines = [entry for timeline in self.ring.ledger.timelines.values() for entry in timeline]
        told = {entry.signal for entry in lines if entry.signal is not None}
        planned = {entry.action for entry in lines}
        was_out = any(each.startswith("out of order") for each in self.ring.faults.happened)
        last = {action.digest: action for action in self.ring.actions.moved}
        for action in last.values() if was_out else self.ring.actions.moved:
            name = action.digest if action.round == 1 else f"{action.digest}.{action.round}"
            stage = f"action/{name}/{action.stage}"
            known = any(line.startswith(stage) for line in told)
            # That it was planned says the line of the run that asked for it.
            known = known or (action.stage is Stage.PLANNED and action.digest in planned)
            assert known or action.digest in unheard, (stage, self._path(action.digest), sorted(told))

    def _register_is_right(self) -> None:
        for digest, times in Counter(each.digest for each in self._taken()).items():
            assert times == 1, digest
        limits, done = self.policy.limits, defaultdict(list)
        for each in self._taken():
            if each.stage in DONE:
                done[each.target].append(each.at)
        moments = sorted(at for several in done.values() for at in several)
        for first, beyond in zip(moments, moments[limits.most_actions :], strict=False):
            assert beyond - first >= limits.per, moments
        counted = {each.digest for each in self._taken()}
        for at, plan in self.acts:
            if at > self.ring.now - limits.per:
                assert plan.digest in counted, plan

    def _taken(self):
        return self.ring.ledger.register(CHURN).taken


def _named(action: Action) -> str:
    return action.digest if action.round == 1 else f"{action.digest}-{action.round}"
