"""For any loss, repetition and delay of events: passes of watch make it as if nothing had been lost."""

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.lossy import BEGINNING, HOUR, Fate, Hour, LossyWorld

OUTCOMES = st.sampled_from(["clean", "violated", "failed", "stopped", "no_data", "skipped", "halt"])
FATES = st.builds(Fate, copies=st.integers(0, 3), delay=st.one_of(st.just(0), st.integers(0, 40)))
STORIES = st.lists(st.lists(st.builds(Hour, OUTCOMES, FATES), min_size=1, max_size=8), min_size=1, max_size=2)


def without_loss(stories):
    """Return the same hours, where every event arrives once and at once."""
    return [[hour._replace(fate=Fate()) for hour in story] for story in stories]


@given(STORIES)
def test_with_a_pass_every_10_minutes_incidents_and_messages_are_those_without_any_loss(stories):
    lossy = LossyWorld(stories, passes=True).play()
    whole = LossyWorld(without_loss(stories), passes=True).play()
    assert lossy.incidents == whole.incidents
    assert lossy.told == whole.told
    # Events that arrive hours later bring no news.
    lossy.wait_for_late_events()
    assert lossy.told == whole.told
    assert lossy.open == whole.open


@given(STORIES)
def test_one_pass_after_a_long_pause_leaves_the_targets_with_an_incident_that_would_have_one_without_any_loss(stories):
    whole = LossyWorld(without_loss(stories), passes=True).play()
    lossy = LossyWorld(stories, passes=False)
    # The progress of a pass before the story, as of a watch that was paused since.
    lossy.one_pass()
    lossy.play().one_pass()
    # A run that is found after a newer one is only recorded, so the incident may be of the newer run.
    assert {target for target, _, _ in lossy.open} == {target for target, _, _ in whole.open}
    assert all(lossy.has_received(each) for each in lossy.listings.listed)


@given(STORIES, st.booleans())
def test_a_second_pass_sends_nothing_more(stories, restarted):
    world = LossyWorld(stories, passes=True).play()
    told, incidents = world.told, world.incidents
    if restarted:
        world.restart()
    assert world.one_pass() == len(few_missed(world))
    assert (world.told, world.incidents) == (told, incidents)


@given(STORIES)
def test_a_crash_before_every_store_of_the_progress_changes_nothing(stories):
    crashing = LossyWorld(stories, passes=True)
    crashing.stored.keep = lambda text, over: None
    whole = LossyWorld(without_loss(stories), passes=True).play()
    crashing.play()
    assert (crashing.incidents, crashing.told) == (whole.incidents, whole.told)


def few_missed(world):
    """Return the schedules that missed fewer runs than the policy counts: each pass says so again."""
    return [
        name
        for name, times in world.listings.described.items()
        if world.monitors.schedules[name].status == "Scheduled"
        and 1 <= ((world.now - 0.5 * HOUR - BEGINNING) // HOUR - (times.since - BEGINNING) // HOUR) < 3
    ]
