"""The embedded default: what policies/default.yaml says, for a stack to which no policy has been given."""

from kedge.domain.incident import Cause, Severity
from kedge.policy.document import API_VERSION, Many, PolicyDocument, Receiver, Route, SeverityRule

_ONCALL = "ml-oncall"
_SERIOUS = (
    Cause.SCHEMA_BREAK,
    Cause.CONCEPT_DRIFT,
    Cause.BIAS_DRIFT,
    Cause.DEPLOYMENT_REGRESSION,
    Cause.UPSTREAM_INCIDENT,
)


def default_document() -> PolicyDocument:
    """The default policy."""
    return PolicyDocument(
        api_version=API_VERSION,
        name="default",
        version="2",
        severities=(
            SeverityRule(severity=Severity.CRITICAL, matchers=('monitor="Alarm"', 'cause="inconclusive"')),
            SeverityRule(severity=Severity.CRITICAL, matchers=('monitor="Policy"',)),
            SeverityRule(severity=Severity.CRITICAL, matchers=(f'cause=~"{"|".join(_SERIOUS)}"',)),
            SeverityRule(severity=Severity.CRITICAL, matchers=('cause="input_drift"',), many=Many(count=5, share=0.3)),
        ),
        receivers=(Receiver(name=_ONCALL),),
        route=Route(
            receiver=_ONCALL,
            group_by=("endpoint", "monitor"),
            group_wait="0s",
            group_interval="1m",
            repeat_interval="24h",
        ),
    )
