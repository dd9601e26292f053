"""What would keep an incident quiet and covers only a part of what is wrong with it: it hides nothing, and explanations say why."""

from collections.abc import Iterator

from kedge.policy.audience import Telling
from kedge.policy.matchers import Matcher, all_hold
from kedge.policy.silences import read_matchers
from kedge.policy.whole import left_out, named


def partly(step: str, telling: Telling) -> Iterator[str]:
    """Yield a sentence for each silence, inhibition or time of a step of telling that covers an incident only in part."""
    for what, wanted in _asked(step, telling):
        labels = left_out(wanted, telling.whole)
        if labels is not None and all_hold(wanted, telling.labels):
            yield f"{what} does not cover {named(labels, wanted)}, so it hides nothing"


def _asked(step: str, telling: Telling) -> Iterator[tuple[str, tuple[Matcher, ...]]]:
    match step:
        case "silence":
            added = ((each, read_matchers(each.matchers)) for each in telling.around.silences)
            for known, wanted in (*telling.policy.silences, *added):
                if wanted and known.holds(telling.now):
                    yield f"silence {known.id}", wanted
        case "inhibit":
            for rule in telling.policy.inhibit_rules:
                yield rule.name, rule.targets
        case "mute":
            for wish in telling.wishes:
                if wish.route.mute or wish.route.active:
                    yield f"the time of {wish.route.path}", wish.route.reach
        case _:
            return
