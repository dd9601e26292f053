"""Which config is known as good: what people said of it, and how its runs went. What is not known is not guessed."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from kedge.domain.decision import Refused
from kedge.domain.deployment import Arrival, Deployment, Deployments, Standing
from kedge.domain.remedy import Refusal, RemedyName
from kedge.policy.deployments import EVER
from kedge.policy.rules import Policy

# As botocore has it for EndpointConfigName.
_NAME: Final = re.compile(r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}")


def standing(
    policy: Policy,
    deployments: Deployments,
    each: Deployment,
    tags: Mapping[str, str],
    *,
    confirmed: bool = True,
) -> Standing:
    """What is known of a config's worth, by the runs that an authority confirms, or, unless `confirmed`, by the others as well."""
    runs = (*each.runs.values(), *(() if confirmed else each.unconfirmed.values()))
    ownership = policy.document.ownership
    if each.config in tags.get(ownership.veto_tag, "").split():
        return Standing.BAD
    mark = next((mark for mark in deployments.marks if mark.config == each.config), None)
    if mark is not None:
        return Standing.GOOD if mark.good else Standing.BAD
    if each.config in tags.get(ownership.known_good_tag, "").split():
        return Standing.GOOD
    if each.config in deployments.away_from or any(tally.last == "v" and not tally.of_inputs for tally in runs):
        return Standing.BAD
    if any(tally.clean >= policy.blame.clean_runs for tally in runs):
        return Standing.GOOD
    watched = each.until is not None and each.arrival is not Arrival.FOUND
    if watched and each.until is not None and each.until - each.since >= policy.blame.proven_after:
        return Standing.GOOD
    return Standing.UNPROVEN


def known_good(
    policy: Policy, deployments: Deployments, tags: Mapping[str, str], now: datetime
) -> Deployment | Refused:
    """The config to go back to: the newest that somebody named as good, else the newest that is known as good by its runs.

    Never the one that serves now, nor one that is vetoed, nor one that a remedy went away from. Runs that no authority confirms count
    only if the others show no good config; then `doubt_about` says so.
    """
    found = _known_good(policy, deployments, tags, now, confirmed=True)
    if isinstance(found, Refused) and found.why is Refusal.NO_KNOWN_GOOD:
        return _known_good(policy, deployments, tags, now, confirmed=False)
    return found


def doubt_about(policy: Policy, deployments: Deployments, tags: Mapping[str, str], config: str) -> str | None:
    """Why nobody but a person may decide to go back to a config that is known as good; None if an authority confirms it."""
    mark = next((mark for mark in deployments.marks if mark.config == config and mark.good), None)
    each = _term(deployments, config) or Deployment(config=config, since=EVER, arrival=Arrival.FOUND)
    if config in tags.get(policy.document.ownership.known_good_tag, "").split():
        return None
    if mark is not None:
        return None if mark.proven else f"{mark.by} named config {config} as good, and did not prove who that is"
    if standing(policy, deployments, each, tags) is not Standing.GOOD:
        return f"only runs that no authority confirms were clean under config {config}"
    return None


def _known_good(
    policy: Policy, deployments: Deployments, tags: Mapping[str, str], now: datetime, *, confirmed: bool
) -> Deployment | Refused:
    current = deployments.current
    if current is None:
        return _none("nothing is known of the configs that this endpoint ran")
    named = tags.get(policy.document.ownership.known_good_tag, "").split()
    wrong = [name for name in named if not _NAME.fullmatch(name)]
    if wrong:
        tag = policy.document.ownership.known_good_tag
        says = f"the tag {tag} holds {wrong[0]!r}, which is no name of an endpoint config: mend the tag"
        return Refused(remedy=RemedyName.ROLL_BACK, why=Refusal.WRONG_PARAMETER, says=says)
    marks = sorted((mark for mark in deployments.marks if mark.good), key=lambda mark: mark.at, reverse=True)
    for config in (*named, *(mark.config for mark in marks)):
        found = _term(deployments, config) or Deployment(config=config, since=EVER, arrival=Arrival.FOUND, until=now)
        if (
            config != current.config
            and standing(policy, deployments, found, tags, confirmed=confirmed) is Standing.GOOD
        ):
            return found
    seen = {current.config}
    for each in reversed(deployments.history):
        if each.config in seen:
            continue
        seen.add(each.config)
        if standing(policy, deployments, each, tags, confirmed=confirmed) is Standing.GOOD:
            return each
    before = [each.config for each in deployments.history if each.config != current.config]
    if not before:
        return _none(f"no config is known that ran before {current.config}")
    return _none(f"of {', '.join(dict.fromkeys(before[-3:]))} none is known as good")


def chosen_by(
    policy: Policy, deployments: Deployments, tags: Mapping[str, str], now: datetime, good: Deployment
) -> tuple[str, ...]:
    """Return the people whose marks decided that `good` is the config to go back to; none if the runs alone would choose it.

    These are the author of the mark that names it as good or, if none does, the authors of the vetoes on newer configs.
    """
    unmarked = known_good(policy, msgspec.structs.replace(deployments, marks=()), tags, now)
    if isinstance(unmarked, Deployment) and unmarked.config == good.config:
        return ()
    pins = [mark.by for mark in deployments.marks if mark.good and mark.config == good.config]
    configs = [each.config for each in deployments.history[:-1]]
    newer = configs[len(configs) - configs[::-1].index(good.config) :] if good.config in configs else configs
    vetoes = [mark.by for mark in deployments.marks if not mark.good and mark.config in newer]
    return tuple(dict.fromkeys(pins or vetoes))


def _term(deployments: Deployments, config: str) -> Deployment | None:
    return next((each for each in reversed(deployments.history) if each.config == config), None)


def _none(why: str) -> Refused:
    says = (
        f"{why}: which config was good? Say it with `kedge deployment pin`, or by the endpoint's tag kedge:known-good"
    )
    return Refused(remedy=RemedyName.ROLL_BACK, why=Refusal.NO_KNOWN_GOOD, says=says)
