"""What is told of a remedy: no more than is so, who has to do what until when, and nothing that could do it by itself."""

import json
import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given

from kedge.domain.action import RemedyStatus
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.incident import IncidentState
from kedge.domain.plan import Invoke, ShiftTraffic, Starter
from kedge.domain.reason import Reason
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from kedge.messages import write
from kedge.messages.commands import answers
from kedge.messages.links import links
from kedge.messages.remedy_status import question_of
from kedge.messages.wording.problem import headline
from kedge.messages.wording.remedy import done_of, step_of
from tests.unit.messages.anything import effects
from tests.unit.messages.incidents import AT, RUNBOOK
from tests.unit.messages.remedies import EVIDENCE, PLAN, REMEDIES, RETRAINING, acting, broken, told

ONE = {kind: effect for kind, effect in REMEDIES.items() if not effect.briefs}
CALLED = {Stage.ACTING, Stage.ACTED, Stage.VERIFIED, Stage.FAILED, Stage.UNVERIFIED}


def mail(effect: Effect) -> str:
    message = write(msgspec.structs.replace(effect, channel=ChannelName.MAIL), RUNBOOK)
    return f"{message.subject}\n{message.body}"


def words(effect: Effect) -> str:
    return " ".join(mail(effect).split())


def document(effect: Effect, channel: ChannelName) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(write(msgspec.structs.replace(effect, channel=channel), RUNBOOK).body)
    return read


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("approval-wanted", "roll back to churn-40?"),
        ("approval-wanted-to-retrain", "retrain with churn-train-of-the-growth-team?"),
        ("approval-reminder", "still waiting: roll back to churn-40?"),
        ("remedy-approved", "approved: roll back to churn-40"),
        ("remedy-rejected", "rejected: roll back to churn-40"),
        ("approval-expired", "approval expired: roll back to churn-40"),
        ("remedy-refused", "not carried out (endpoint changed): roll back to churn-40"),
        ("remedy-acted", "started to roll back to churn-40"),
        ("remedy-verified", "remedy verified: roll back to churn-40"),
        ("remedy-failed", "remedy failed: roll back to churn-40"),
        ("remedy-unverified", "remedy result unknown: roll back to churn-40"),
    ],
)
def test_each_thing_that_becomes_of_a_remedy_has_its_own_headline(kind: str, said: str) -> None:
    assert headline(REMEDIES[kind]) == said


@pytest.mark.parametrize("kind", ONE)
@pytest.mark.parametrize("channel", ChannelName)
def test_every_first_message_of_an_incident_shows_the_evidence_for_its_cause(kind: str, channel: ChannelName) -> None:
    body = write(msgspec.structs.replace(ONE[kind], channel=channel, first=None), RUNBOOK).body
    assert all(line in " ".join(body.split()) for line in ONE[kind].incident.evidence)


@pytest.mark.parametrize("kind", ONE)
def test_every_first_mail_of_an_incident_tells_where_its_remedy_stands(kind: str) -> None:
    remedy = ONE[kind].incident.remedy
    assert remedy is not None
    shown = words(msgspec.structs.replace(ONE[kind], first=None))
    assert (remedy.sentence or remedy.says) in shown or question_of(remedy) in shown


@pytest.mark.parametrize("kind", ["approval-wanted", "approval-reminder", "asked-while-it-became-worse"])
def test_an_update_shows_plan_and_evidence_until_the_decision(kind: str) -> None:
    shown = words(ONE[kind])
    assert all(text in shown for text in (PLAN.sentence, *EVIDENCE))


@pytest.mark.parametrize("kind", ["remedy-approved", "remedy-rejected", "approval-expired", "remedy-acted"])
def test_an_update_leaves_out_plan_and_evidence_after_the_decision(kind: str) -> None:
    shown = words(ONE[kind])
    assert not any(text in shown for text in (PLAN.sentence, *EVIDENCE))
    assert PLAN.brief in shown


def test_a_roll_back_that_nobody_approved_is_shown_with_its_plan() -> None:
    remedy = msgspec.structs.replace(ONE["remedy-acted"].incident.remedy, mode=Mode.AUTO)
    incident = msgspec.structs.replace(ONE["remedy-acted"].incident, remedy=remedy)
    assert PLAN.sentence in words(msgspec.structs.replace(ONE["remedy-acted"], incident=incident))


def test_the_question_that_holds_a_remedy_back_stands_once_as_the_next_step() -> None:
    shown = words(REMEDIES["hold"]).partition("https://")[0]
    assert shown.count("?") == 1
    assert "Next step Find out: did the deployment break it" in shown


def test_who_is_to_approve_reads_the_plan_its_end_and_how_to_answer_before_any_address() -> None:
    shown = mail(REMEDIES["approval-wanted"])
    before, _, _ = shown.partition("https://")
    assert shown.startswith("[APPROVAL] churn-prod: roll back to churn-40? (until 12:24 UTC)\n")
    assert PLAN.sentence in " ".join(before.split())
    assert "Decision deadline 2026-11-20 12:24 UTC (in 4 h)" in before
    assert f'\nkedge approval approve {PLAN.digest[:12]} --reason "..."\n' in before
    assert all(line in " ".join(before.split()) for line in (*EVIDENCE, *PLAN.preconditions, *PLAN.notes))


@pytest.mark.parametrize("kind", ["approval-wanted", "remedy-acted"])
def test_no_mail_says_its_plan_twice(kind: str) -> None:
    assert words(msgspec.structs.replace(REMEDIES[kind], first=None)).count(PLAN.sentence) == 1


def test_a_long_plan_is_shown_whole_in_every_channel() -> None:
    sentence = "Roll churn-prod back to churn-40, " + "of which is known that it was well, " * 35 + "and so on"
    effect = told(Reason.APPROVAL_WANTED, acting(Stage.ASKED, sentence=sentence, says=sentence))
    for channel in ChannelName:
        body = write(msgspec.structs.replace(effect, channel=channel), RUNBOOK).body
        assert sentence in " ".join(body.split())


def test_the_end_of_an_approval_s_time_survives_the_longest_names() -> None:
    remedy = acting(Stage.ASKED, brief=f"roll back to {'c' * 63}", due=AT + timedelta(days=1))
    effect = told(Reason.APPROVAL_WANTED, remedy)
    target = msgspec.structs.replace(effect.incident.target, name="e" * 63)
    effect = msgspec.structs.replace(effect, incident=msgspec.structs.replace(effect.incident, target=target))
    subject = write(effect, RUNBOOK).subject
    assert subject is not None
    assert subject.endswith("(until 2026-11-21 08:24 UTC)")
    assert "roll back" in subject


@pytest.mark.parametrize("kind", REMEDIES)
@pytest.mark.parametrize("channel", ChannelName)
def test_no_address_in_any_message_answers_a_plan(kind: str, channel: ChannelName) -> None:
    body = write(msgspec.structs.replace(REMEDIES[kind], channel=channel), RUNBOOK).body
    found = re.findall(r"https?://[^\s\"|>]+", body)
    assert found
    assert not [url for url in found if re.search(rf"approv|reject|token|{PLAN.digest[:12]}", url, re.IGNORECASE)]


@given(effects)
def test_no_address_carries_a_plan_s_digest(effect: Effect) -> None:
    asked = msgspec.structs.replace(
        effect, incident=msgspec.structs.replace(effect.incident, remedy=acting(Stage.ASKED))
    )
    assert not [link for link in links(asked, "") if PLAN.digest[:12] in link.url]


@given(effects)
def test_nothing_is_told_as_done_that_was_not(effect: Effect) -> None:
    remedy = effect.incident.remedy
    if remedy is None:
        assert done_of(remedy) == "No remedy was started."
    elif remedy.stage not in CALLED:
        assert done_of(remedy).startswith("Nothing was changed")


def test_a_plan_is_answered_only_while_it_waits_and_its_incident_is_open() -> None:
    asked = REMEDIES["approval-wanted"]
    assert len(answers(asked)) == 3
    over = msgspec.structs.replace(asked.incident, state=IncidentState.RESOLVED)
    assert answers(msgspec.structs.replace(asked, incident=over)) == ()
    for effect in ONE.values():
        remedy = effect.incident.remedy
        assert bool(answers(effect)) is (remedy is not None and remedy.stage is Stage.ASKED)


@pytest.mark.parametrize("digest", [None, "", "short", "$(reboot) && echo 0123456789", "a b c d e f g h i j k"])
def test_a_digest_that_nobody_should_type_gets_into_no_command(digest: str | None) -> None:
    assert answers(told(Reason.APPROVAL_WANTED, acting(Stage.ASKED, digest=digest))) == ()


@pytest.mark.parametrize("kind", ["remedy-failed", "remedy-unverified", "remedy-failed-after-all-was-over"])
def test_what_failed_says_what_was_seen_and_that_people_must_look_now(kind: str) -> None:
    effect, shown = REMEDIES[kind], words(REMEDIES[kind])
    assert effect.incident.remedy is not None
    assert shown.startswith("[CRITICAL] churn-prod: remedy ")
    assert effect.incident.remedy.says in shown
    assert "Next step Check the endpoint now. Kedge does not repeat this remedy without approval." in shown


def test_what_failed_for_an_earlier_incident_is_not_told_of_this_one_s_own_remedy() -> None:
    effect = REMEDIES["remedy-of-an-earlier-incident-failed"]
    shown = words(effect)
    assert headline(effect) == "remedy failed: of an earlier incident"
    assert f"Update {effect.because}" in shown
    assert "Remedy Kedge will ask for approval: Roll churn-prod back" in shown
    assert "Next step Check the endpoint now" in shown
    without = msgspec.structs.replace(effect, incident=msgspec.structs.replace(effect.incident, remedy=None))
    assert headline(without) == "remedy failed: of an earlier incident"
    waiting = msgspec.structs.replace(effect.incident, remedy=acting(Stage.ASKED))
    assert words(msgspec.structs.replace(effect, incident=waiting)).startswith("[CRITICAL] churn-prod: remedy ")


def test_what_is_held_back_says_why_and_when_it_is_looked_at_again() -> None:
    assert "Remedy Not carried out (cooldown): churn-prod was rolled back 20 h 10 min ago" in words(
        REMEDIES["regression-held-back"]
    )
    assert "Kedge re-evaluates it at 2026-11-20 12:14 UTC (in 3 h 50 min)." in words(REMEDIES["regression-held-back"])


def test_what_was_never_planned_is_not_called_a_plan() -> None:
    shown = mail(REMEDIES["remedy-refused-for-now"])
    assert "\nPlan " not in shown
    assert "Update            churn-prod was rolled back 20 h 10 min ago" in shown
    assert "Re-evaluation 2026-11-20 12:14 UTC (in 3 h 50 min)" in " ".join(shown.split())


def test_an_arn_is_never_broken_in_two() -> None:
    arn = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn-train-of-the-growth-team"
    assert arn in mail(REMEDIES["approval-wanted-to-retrain"])


@pytest.mark.parametrize("why", HoldReason)
def test_every_refusal_has_words(why: HoldReason) -> None:
    effect = told(Reason.REMEDY_REFUSED, acting(Stage.REFUSED, "it is so", plan=None, why=why))
    assert headline(effect) == f"not carried out ({why.replace('_', ' ')}): roll back"


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("stage", Stage)
def test_wherever_a_remedy_stands_no_message_shows_a_placeholder(stage: Stage, mode: Mode) -> None:
    shown = mail(effect := told(Reason.REMEDY_NEWS, acting(stage, mode=mode)))
    assert not set("{}") & set(shown + headline(effect))
    assert "None" not in shown


def test_a_dry_run_says_that_nothing_is_done_and_one_without_a_plan_that_there_is_none() -> None:
    assert "Dry run, not carried out: Roll churn-prod back" in words(REMEDIES["regression-dry-run"])
    assert "Not planned yet: churn-prod could not be read." in words(REMEDIES["regression-unplanned"])


def test_a_plan_in_a_few_words_names_what_it_goes_to_or_starts() -> None:
    shift = ShiftTraffic(config="churn-41", away_from="blue", before={"blue": 1.0}, after={"blue": 0.0})
    invoke = Invoke(using="arn:aws:lambda:us-east-1:111122223333:function:mend", starter=Starter.FUNCTION)
    assert PLAN.brief == "roll back to churn-40"
    assert RETRAINING.brief == "retrain with churn-train-of-the-growth-team"
    assert msgspec.structs.replace(PLAN, doing=shift).brief == "take traffic away from blue"
    assert msgspec.structs.replace(PLAN, doing=invoke).brief == "call mend"


def test_a_chat_button_is_given_the_plan_s_digest_and_whether_it_waits_and_no_token() -> None:
    context = document(REMEDIES["approval-wanted"], ChannelName.CHAT)["metadata"]["additionalContext"]
    assert (context["digest"], context["stage"], context["remedy"]) == (PLAN.digest, "asked", "roll_back")
    assert document(REMEDIES["remedy-acted"], ChannelName.CHAT)["metadata"]["additionalContext"]["stage"] == "acted"
    several = document(REMEDIES["group-with-approvals"], ChannelName.CHAT)
    assert set(several["metadata"]["additionalContext"]) == {"environment", "receiver"}
    assert document(REMEDIES["approval-wanted"], ChannelName.CHAT)["metadata"]["eventType"] == "kedge.remedy.asked"


def test_programs_are_told_of_the_remedy_in_fields() -> None:
    asked = document(REMEDIES["approval-wanted"], ChannelName.PROGRAMS)
    assert asked["remedy"]["digest"] == PLAN.digest
    assert asked["remedy"]["plan"] == PLAN.sentence
    assert asked["remedy"]["due"] == "2026-11-20T12:24:00Z"
    assert asked["cause_evidence"] == list(EVIDENCE)
    assert document(REMEDIES["hold"], ChannelName.PROGRAMS)["remedy"]["why"] == "hold"


def test_in_a_list_what_waits_for_an_answer_or_failed_comes_before_what_it_is() -> None:
    shown = mail(REMEDIES["group-with-approvals"])
    assert "CRITICAL  fraud-prod  approve?, deployment regression" in shown
    assert "CRITICAL  pricing     remedy failed, concept drift" in shown
    assert "Approval          2 remedies wait for approval." in shown


def test_kedge_s_own_mitigation_is_not_told_as_somebody_s() -> None:
    assert "Mitigation by Kedge" in words(REMEDIES["remedy-acted"])
    taken = told(Reason.REMEDY_ACTED, acting(Stage.ACTED), state=IncidentState.MITIGATING, by="oncall", at=AT)
    assert "Mitigation by oncall" in words(taken)


def test_an_incident_without_a_remedy_is_told_as_ever() -> None:
    assert headline(told(Reason.APPROVAL_WANTED, acting(Stage.ASKED))) == "roll back to churn-40?"
    without = msgspec.structs.replace(broken(acting(Stage.ASKED)), remedy=None)
    effect = msgspec.structs.replace(REMEDIES["approval-wanted"], incident=without)
    assert headline(effect) == "worse after a deployment: f2 beyond its limit (0.501, min 0.6)"
    assert "[CRITICAL] churn-prod: worse after a deployment" in mail(effect)


def test_after_a_retraining_that_worked_people_are_sent_to_the_model_registry():
    done = RemedyStatus(remedy=RemedyName.RETRAIN, mode=Mode.AUTO, stage=Stage.VERIFIED, at=AT, says="it is better")
    assert "in the model registry" in step_of(done)
