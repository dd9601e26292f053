"""Incidents of which nothing is typical: any text in any field, any number, any combination."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from kedge.domain.action import RemedyStatus
from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.finding import Check, Finding
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.notification import IncidentSummary, Unlisted
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Monitor, Reading, Verdict, Window
from kedge.domain.stage import Stage
from kedge.domain.target import Target, TargetKind

# Braces are left out so that a template's own can be told from those of a name; surrogates and controls are in.
characters = st.characters(exclude_characters="{}", exclude_categories=())
awkward = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "a" * 3_000,
        "&" * 500,
        "<!channel>",
        "`*_~|",
        "\u202eevil",
        "\ud800",
        "😀" * 200,
        "x y " * 200,
        "名前",
    ]
)
text = st.text(characters, max_size=40) | awkward
maybe = st.none() | text
number = st.none() | st.floats() | st.sampled_from([0.1, 0.1000001, 1e300, -0.0])
count = st.none() | st.integers(0, 2**53)
# Any year that a clock could show; not the edges at which arithmetic on dates itself fails.
moment = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as hypothesis wants them
said = text | st.builds("Baseline drift distance: {} exceeds threshold: {}".format, st.floats(), st.floats())

findings = st.builds(
    Finding,
    check=st.sampled_from(Check) | text,
    said=said,
    feature=maybe,
    metric=maybe,
    facet=maybe,
    facet_value=st.none() | text | st.integers() | st.floats(),
    label=st.none() | text | st.floats(),
    measured=number,
    allowed=number,
)
problems = st.builds(
    Problem,
    source=text,
    verdict=st.sampled_from(Verdict),
    said=text,
    findings=count,
    checks=st.dictionaries(st.sampled_from(Check) | text, st.integers(0, 10**9), max_size=8),
    subjects=count,
    worst=st.lists(findings, max_size=7).map(tuple),
    reading=st.none() | st.sampled_from(Reading),
    why_unread=maybe,
    report=st.none() | text | text.map("s3://bucket/{}".format) | text.map("s3://{}".format),
    job=maybe,
    window=st.none() | st.builds(Window, moment, moment),
    records=count,
    features=count,
    namespace=maybe,
    metric=maybe,
)
targets = st.builds(
    Target,
    account=text,
    region=st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1"]) | text,
    kind=st.sampled_from(TargetKind),
    name=text,
)
texts = st.lists(text, max_size=3).map(tuple)
actings = st.builds(
    RemedyStatus,
    remedy=st.sampled_from(RemedyName),
    mode=st.sampled_from(Mode),
    stage=st.sampled_from(Stage),
    at=moment,
    says=text,
    digest=st.none() | text | st.just("3a5ee5cd6d2a93ff" * 4),
    why=st.none() | st.sampled_from(HoldReason),
    until=st.none() | moment,
    due=st.none() | moment,
    rule=text,
    brief=text,
    sentence=text,
    preconditions=texts,
    notes=texts,
)
incidents = st.builds(
    Incident,
    id=text,
    target=targets,
    monitor=st.sampled_from(Monitor),
    state=st.sampled_from(IncidentState),
    severity=st.sampled_from(Severity),
    cause=st.sampled_from(Cause),
    since=moment,
    changed=moment,
    problem=problems,
    runs=st.integers(0, 10**6),
    revision=st.integers(1, 10**6),
    resolved=st.none() | moment,
    told=st.dictionaries(text, st.integers(1, 9), max_size=3),
    tags=st.dictionaries(text, text, max_size=3),
    variant=maybe,
    owner=maybe,
    runbook=maybe,
    by=maybe,
    resolved_by=maybe,
    reopened=st.integers(0, 10**6),
    resolved_before=st.none() | moment,
    flapping=st.booleans(),
    features=st.lists(text, max_size=4).map(tuple),
    evidence=texts,
    remedy=st.none() | actings,
)
briefs = st.builds(
    IncidentSummary,
    incident=text,
    revision=st.integers(1, 10**6),
    target=targets,
    monitor=st.sampled_from(Monitor),
    state=st.sampled_from(IncidentState),
    severity=st.sampled_from(Severity),
    cause=st.sampled_from(Cause),
    since=moment,
    why=st.sampled_from(Reason),
    findings=count,
    source=text,
)
tallies = st.builds(
    Unlisted,
    by_severity=st.dictionaries(st.sampled_from(Severity), st.integers(0, 10**9)),
    resolved=st.integers(0, 10**9),
    over=st.integers(0, 10**9),
)
effects = st.builds(
    Effect,
    id=text,
    channel=st.sampled_from(ChannelName),
    receiver=text,
    why=st.sampled_from(Reason),
    incident=incidents,
    because=text,
    policy=text,
    at=moment,
    environment=text,
    first=st.none() | st.integers(1, 9),
    # Mostly one incident, as most messages are; of several, also as many as a message may list.
    briefs=st.just(()) | st.lists(briefs, max_size=4).map(tuple) | briefs.map(lambda brief: (brief,) * 50),
    tally=st.just(Unlisted()) | tallies,
)
runbooks = st.just("") | text.map("https://runbooks.example.com/{}".format)
