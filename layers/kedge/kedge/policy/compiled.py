"""The policy in the form that the pipeline reads: compiled matchers, parsed durations, routes with inherited values.

It is built once from a valid document. `kedge.policy.lint` reports the faults of a document with their places.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from kedge.domain.effect import ChannelName
from kedge.domain.errors import MalformedPolicy
from kedge.domain.incident import Severity
from kedge.domain.remedy import Mode, RemedyName, Sessions
from kedge.domain.silence import Silence
from kedge.policy.durations import parse_duration
from kedge.policy.matchers import Matcher, matchers
from kedge.policy.routes import Route, route_of
from kedge.policy.spec import document as written
from kedge.policy.spec.document import PolicyDocument, ReceiverSpec, RouteSpec
from kedge.policy.spec.remediation import LimitsSpec, RemedyRuleSpec
from kedge.policy.spec.types import API_VERSION
from kedge.policy.time_intervals import Interval
from kedge.policy.time_intervals import compile_intervals as interval_of

_ONCALL = "ml-oncall"


def default_document() -> PolicyDocument:
    """Return the default policy. The document's own defaults fill everything that is not set here."""
    return PolicyDocument(
        api_version=API_VERSION,
        name="default",
        version="3",
        receivers=(ReceiverSpec(name=_ONCALL),),
        route=RouteSpec(
            receiver=_ONCALL,
            group_by=("account", "region", "target", "monitor"),
            group_wait="0s",
            group_interval="1m",
            repeat_interval="24h",
        ),
    )


class SeverityRule(Struct, frozen=True):
    """The severity of matching incidents. `count` and `share` require many features at once, if they are set."""

    severity: Severity
    matchers: tuple[Matcher, ...]
    count: int | None = None
    share: float | None = None


class Persistence(Struct, frozen=True):
    """The number of recent runs that must have been bad."""

    runs: int
    of: int
    matchers: tuple[Matcher, ...]


class Flapping(Struct, frozen=True):
    """When changes between firing and resolved count as flapping, and after which calm period it ends."""

    changes: int
    within: timedelta
    calm: timedelta


class Upstream(Struct, frozen=True):
    """On how many targets, and within what time, a feature must drift to become one incident upstream of them."""

    targets: int
    within: timedelta


class Receiver(Struct, frozen=True):
    """A receiver, its channels, and its maximum rate: `messages` in any period of `per`."""

    name: str
    channels: tuple[ChannelName, ...]
    messages: int
    per: timedelta
    send_resolved: bool
    time_zone: str


class InhibitRule(Struct, frozen=True):
    """Which incidents suppress which, if the labels in `equal` are the same.

    `name` is the rule's place in the document.
    """

    name: str
    sources: tuple[Matcher, ...]
    targets: tuple[Matcher, ...]
    equal: tuple[str, ...]


class Runbook(Struct, frozen=True):
    """The runbook page of matching incidents."""

    url: str
    matchers: tuple[Matcher, ...]


class Limits(Struct, frozen=True, kw_only=True):
    """The limits of every remedy. `expires_after` is how long an approval may take."""

    kill_switch: bool
    dry_run: bool
    approvers: tuple[str, ...]
    required: int
    proof: bool
    sessions: Sessions
    expires_after: timedelta
    cooldown: timedelta
    most_actions: int
    per: timedelta
    share: float


class RemedyRule(Struct, frozen=True, kw_only=True):
    """One rule about remedies. `place` is its place in the document, such as `remedies[2]`.

    `using` and `parameters` are as written: a plan fills them in.
    """

    place: str
    remedy: RemedyName
    matchers: tuple[Matcher, ...]
    mode: Mode
    persistence: Persistence | None
    using: str | None
    parameters: dict[str, str]
    verify_within: timedelta


class DeploymentRule(Struct, frozen=True):
    """When a deployment is blamed, and which config is known as good."""

    within: timedelta
    clean_runs: int
    proven_after: timedelta
    good_for: timedelta


class Policy(Struct, frozen=True, kw_only=True):
    """All rules. Decisions record `label`; `environment` is the stack's, for matchers.

    `missed_runs` is None if overdue runs are not reported, and `unmeasurable_after` if windows that are all too small
    are not. `stale_after` is None if evidence may have any age. `disabled_checks` are those of monitoring itself that
    count for nothing.
    """

    label: str
    environment: str
    minimum_records: int
    minimum_schema_records: int
    unmeasurable_after: timedelta | None
    stale_after: timedelta | None
    disabled_checks: frozenset[str]
    reopen_within: timedelta
    persistence: tuple[Persistence, ...]
    flapping: Flapping | None
    missed_runs: int | None
    upstream: Upstream | None
    severities: tuple[SeverityRule, ...]
    receivers: dict[str, Receiver]
    route: Route
    intervals: dict[str, Interval]
    silences: tuple[tuple[Silence, tuple[Matcher, ...]], ...]
    inhibit_rules: tuple[InhibitRule, ...]
    runbooks: tuple[Runbook, ...]
    limits: Limits
    blame: DeploymentRule
    remedies: tuple[RemedyRule, ...]
    ownership: written.Ownership
    has_default_severities: bool

    @property
    def channels(self) -> dict[str, tuple[ChannelName, ...]]:
        """Return the channels of each receiver."""
        return {name: receiver.channels for name, receiver in self.receivers.items()}


def compile_policy(document: written.PolicyDocument, environment: str = "") -> Policy:
    """Return the rules of a document. Raises MalformedPolicy with the path of the first fault."""
    evidence = document.evidence
    policy = Policy(
        label=document.label,
        environment=environment,
        minimum_records=evidence.minimum_records,
        minimum_schema_records=evidence.minimum_schema_records,
        unmeasurable_after=_span("evidence.unmeasurable_after", evidence.unmeasurable_after),
        stale_after=_span("evidence.stale_after", evidence.stale_after),
        disabled_checks=frozenset(evidence.disabled_checks),
        reopen_within=_at("evidence.reopen_within", lambda: parse_duration(evidence.reopen_within)),
        persistence=tuple(
            Persistence(rule.runs, rule.of, _matchers(f"evidence.persistence[{index}]", rule.matchers))
            for index, rule in enumerate(evidence.persistence)
        ),
        flapping=_flapping(evidence.flapping),
        missed_runs=evidence.overdue.missed_runs if evidence.overdue is not None else None,
        upstream=_upstream(evidence.upstream),
        severities=tuple(_severity(index, rule) for index, rule in enumerate(document.severities)),
        receivers={receiver.name: _receiver(receiver) for receiver in document.receivers},
        route=_at("route", lambda: route_of(document.route)),
        intervals={named.name: _interval(named) for named in document.mute_time_intervals},
        silences=tuple(_silence(index, silence) for index, silence in enumerate(document.silences)),
        inhibit_rules=tuple(_inhibit_rule(index, rule) for index, rule in enumerate(document.inhibit_rules)),
        runbooks=tuple(
            Runbook(runbook.url, _matchers(f"runbooks[{index}]", runbook.matchers))
            for index, runbook in enumerate(document.runbooks)
        ),
        limits=_limits(document.limits),
        blame=_blame(evidence.deployment),
        remedies=tuple(compile_remedy(f"remedies[{index}]", rule) for index, rule in enumerate(document.remedies)),
        ownership=document.ownership,
        has_default_severities=document.severities == written.default_severities(),
    )
    _must_exist(policy)
    return policy


def default_policy(environment: str = "") -> Policy:
    """Return the policy of a team without a policy of its own."""
    return compile_policy(default_document(), environment)


def _at[T](path: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except ValueError as error:
        raise MalformedPolicy(path, str(error)) from error


def _span(path: str, text: str | None) -> timedelta | None:
    return None if text is None else _at(path, lambda: parse_duration(text))


def _matchers(path: str, texts: tuple[str, ...], field: str = "matchers") -> tuple[Matcher, ...]:
    return _at(f"{path}.{field}", lambda: matchers(texts))


def _flapping(rule: written.FlappingSpec | None) -> Flapping | None:
    if rule is None:
        return None
    path = "evidence.flapping"
    within = _at(f"{path}.within", lambda: parse_duration(rule.within))
    return Flapping(rule.changes, within, _at(f"{path}.calm", lambda: parse_duration(rule.calm)))


def _upstream(rule: written.UpstreamSpec | None) -> Upstream | None:
    if rule is None:
        return None
    return Upstream(rule.targets, _at("evidence.upstream.within", lambda: parse_duration(rule.within)))


def _severity(index: int, rule: written.SeverityRuleSpec) -> SeverityRule:
    many = rule.many or written.Many()
    return SeverityRule(rule.severity, _matchers(f"severities[{index}]", rule.matchers), many.count, many.share)


def _receiver(receiver: written.ReceiverSpec) -> Receiver:
    per = _at(f"receivers.{receiver.name}.limit.per", lambda: parse_duration(receiver.limit.per))
    return Receiver(
        receiver.name, receiver.channels, receiver.limit.messages, per, receiver.send_resolved, receiver.time_zone
    )


def _limits(limits: LimitsSpec) -> Limits:
    return Limits(
        kill_switch=limits.kill_switch,
        dry_run=limits.dry_run,
        approvers=limits.approval.approvers,
        required=limits.approval.required,
        proof=limits.approval.asks_for_proof,
        sessions=limits.approval.sessions,
        expires_after=_at("limits.approval.expires_after", lambda: parse_duration(limits.approval.expires_after)),
        cooldown=_at("limits.cooldown", lambda: parse_duration(limits.cooldown)),
        most_actions=limits.most_actions,
        per=_at("limits.per", lambda: parse_duration(limits.per)),
        share=limits.largest_share_of_fleet,
    )


def compile_remedy(place: str, rule: RemedyRuleSpec) -> RemedyRule:
    """Compile the rule at a place of the document. Raises MalformedPolicy with the path of the first fault."""
    asked = rule.persistence
    return RemedyRule(
        place=place,
        remedy=rule.remedy,
        matchers=_matchers(place, rule.matchers),
        mode=rule.mode,
        persistence=None
        if asked is None
        else Persistence(asked.runs, asked.of, _matchers(f"{place}.persistence", asked.matchers)),
        using=rule.using,
        parameters=rule.parameters,
        verify_within=_at(f"{place}.verify_within", lambda: parse_duration(rule.verify_within)),
    )


def _blame(rule: written.DeploymentSpec) -> DeploymentRule:
    path = "evidence.deployment"
    return DeploymentRule(
        _at(f"{path}.within", lambda: parse_duration(rule.within)),
        rule.clean_runs,
        _at(f"{path}.proven_after", lambda: parse_duration(rule.proven_after)),
        _at(f"{path}.good_for", lambda: parse_duration(rule.good_for)),
    )


def _interval(named: written.NamedInterval) -> Interval:
    return _at(f"mute_time_intervals.{named.name}", lambda: interval_of(named))


def _silence(index: int, silence: written.PlannedSilence) -> tuple[Silence, tuple[Matcher, ...]]:
    path = f"silences[{index}]"
    known = Silence(
        id=f"planned-{index + 1}",
        matchers=silence.matchers,
        starts_at=_moment(f"{path}.starts_at", silence.starts_at),
        ends_at=_moment(f"{path}.ends_at", silence.ends_at),
        author=silence.author,
        comment=silence.comment,
        planned=True,
    )
    return known, _matchers(path, silence.matchers)


def _moment(path: str, text: str) -> datetime:
    moment = _at(path, lambda: datetime.fromisoformat(text))
    if moment.tzinfo is None:
        raise MalformedPolicy(path, f"{text!r} has no zone: end it with Z or +01:00")
    return moment.astimezone(UTC)


def _inhibit_rule(index: int, rule: written.InhibitRuleSpec) -> InhibitRule:
    path = f"inhibit_rules[{index}]"
    return InhibitRule(
        path,
        _matchers(path, rule.source_matchers, "source_matchers"),
        _matchers(path, rule.target_matchers, "target_matchers"),
        rule.equal,
    )


def _must_exist(policy: Policy) -> None:
    for route in policy.route.whole():
        if route.receiver not in policy.receivers:
            raise MalformedPolicy(route.path, f"there is no receiver {route.receiver!r}")
        for name in (*route.mute, *route.active):
            if name not in policy.intervals:
                raise MalformedPolicy(route.path, f"there is no mute_time_interval {name!r}")
