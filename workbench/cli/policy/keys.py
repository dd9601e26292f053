"""The meaning of each key of a policy, in a sentence: for the schema in editors and for docs/policy.md."""

from typing import Final

from kedge.domain.remedy import RemedyName

KEYS: Final[dict[str, dict[str, str]]] = {
    "PolicyDocument": {
        "apiVersion": "Always kedge/v1.",
        "name": "The name of this policy in decisions, messages and timelines.",
        "version": "The version of this policy. If left out: eight digits of the text's SHA-256.",
        "evidence": "The evidence that a monitoring run needs before it counts.",
        "severities": "The severity of incidents. The first matching rule decides; without one, the severity is warning. If left out: the default policy's rules.",
        "receivers": "The receivers of notifications and their channels.",
        "route": "The routing tree. The first route matches everything, the routes below it match a part of that.",
        "mute_time_intervals": "Nights, weekends and holidays that routes can name.",
        "silences": "Silences that are planned in advance. For an incident that is open now, use kedge silence.",
        "inhibit_rules": "Rules that suppress incidents while a worse one is open.",
        "ownership": "The tags that name the owner and the runbook of an endpoint.",
        "runbooks": "The runbooks that messages link to. The endpoint's own tag comes first, then the first matching rule.",
        "remedies": "The remedies that Kedge can carry out. The first matching rule decides.",
        "limits": "The limits of all remedies, whatever the evidence.",
    },
    "EvidenceSpec": {
        "minimum_records": "Kedge only records drift and quality findings of a run on fewer records.",
        "minimum_schema_records": "Kedge also only records missing columns, wrong types and gaps of a run on fewer records.",
        "unmeasurable_after": "If all runs of a monitor have too few records for this time, Kedge notifies once. null: never.",
        "stale_after": "If a window ended longer ago when Kedge first receives it, Kedge only records it. null: no age limit.",
        "disabled_checks": "The checks of monitoring itself that count for nothing. watchdog.md lists them.",
        "persistence": "The number of bad runs that an incident needs. The first matching rule decides; without one, 1 run is enough.",
        "reopen_within": "If a problem fires again within this time after it was resolved, Kedge reopens its incident.",
        "flapping": "When an incident that fires and resolves in turn is flapping, for which Kedge notifies once. null: never.",
        "overdue": "When a monitor that no longer runs is a monitor fault. null: never.",
        "upstream": "When the same feature that drifts on many targets is one upstream incident. null: never.",
        "deployment": "When a deployment is blamed, and which configs are known as good.",
    },
    "DeploymentSpec": {
        "within": "A deployment is blamed if the first bad window starts within this time after it and the windows before it were clean. A monitor with long windows has at least 2 of them.",
        "clean_runs": "A config is known as good after this number of clean runs of a monitor.",
        "proven_after": "A config is also known as good after it has served for this time without a bad run.",
        "good_for": "An approver decides on a roll-back to a config that last served longer ago than this.",
    },
    "PersistenceSpec": {
        "runs": "The number of bad runs that an incident needs.",
        "of": "The number of last runs that are counted, at most 32.",
        "matchers": "The incidents that this rule matches. If left out: all.",
    },
    "FlappingSpec": {
        "changes": "An incident is flapping after this number of changes between firing and resolved.",
        "within": "Kedge counts the changes within this time.",
        "calm": "The flapping ends after this time without a change.",
    },
    "OverdueSpec": {"missed_runs": "The number of missed runs in a row after which the monitor is overdue."},
    "UpstreamSpec": {
        "targets": "The number of targets with drift of the feature.",
        "within": "Kedge counts the targets within this time.",
    },
    "SeverityRuleSpec": {
        "severity": "critical, warning or info.",
        "matchers": "The incidents that this rule matches. If left out: all.",
        "many": "This rule matches only if many features are violated.",
    },
    "Many": {
        "count": "The least number of features. If `share` is set, too, one of the two is enough.",
        "share": "The share of the measured features that must be exceeded: 0.3 is 3 of 10.",
    },
    "ReceiverSpec": {
        "name": "The name that routes use, and that mail subscriptions filter on.",
        "channels": "mail: the stack's topic for mails. chat: the chat channel. programs: JSON for other software.",
        "limit": "The most messages in a time. Kedge puts all others into one digest.",
        "send_resolved": "true: a receiver that was notified of an incident is also notified when it is resolved.",
        "time_zone": "The time zone of this receiver, which decides what counts as night.",
    },
    "RateLimitSpec": {"messages": "The most messages.", "per": "Kedge counts the messages within this time."},
    "RouteSpec": {
        "receiver": "The receiver of this route. If left out: the receiver of the route above.",
        "matchers": "The incidents that this route matches, among those of the route above. If left out: all of them.",
        "group_by": "Labels. Incidents with the same values of these labels come in one message; "
        "on the first route: account, region, target and monitor. '...': all labels.",
        "group_wait": "The wait before the first message of a group; on the first route, 0s.",
        "group_interval": "The wait before the next message of a group; on the first route, 1m.",
        "repeat_interval": "The time after which Kedge reminds of an open incident, or never; on the first route, 24h.",
        "mute_time_intervals": "Kedge does not notify during these intervals. Afterwards it notifies of all that is still open.",
        "active_time_intervals": "Kedge notifies only during these intervals.",
        "continue": "true: the routes after this one can match, too.",
        "routes": "The routes below this one. The first matching route decides.",
    },
    "NamedInterval": {
        "name": "The name that routes use.",
        "time_intervals": "The interval holds while one of these holds.",
    },
    "TimeInterval": {
        "times": "Parts of the day. If left out: the whole day.",
        "weekdays": "Names or ranges: monday, monday:friday.",
        "days_of_month": "Numbers or ranges from 1, or from the end, which is -1: 1:7, -3:-1.",
        "months": "Names, numbers or ranges: december, 12, november:february.",
        "years": "Years or ranges: 2026, 2026:2028.",
        "dates": "Days or ranges: 2026-12-24, 2026-12-24:2027-01-06.",
        "location": "The time zone of this interval, such as Europe/Berlin.",
    },
    "TimeRange": {
        "start_time": "The start, such as 22:00.",
        "end_time": "The end, such as 07:00, not included. If it is before the start, it is on the next day. 24:00 is the end of the day.",
    },
    "PlannedSilence": {
        "matchers": "The incidents that this silence suppresses.",
        "starts_at": "The start, with its time zone.",
        "ends_at": "The end, not included. Kedge then notifies of all that is still open.",
        "author": "The author of the silence.",
        "comment": "The reason for the silence.",
    },
    "InhibitRuleSpec": {
        "source_matchers": "The incidents that suppress others while they are open.",
        "target_matchers": "The incidents that are suppressed.",
        "equal": "Labels that must have the same values in both. A label that is missing in both does not count as equal.",
    },
    "Ownership": {
        "owner_tag": "The tag with the value of the label owner.",
        "runbook_tag": "The tag with the address of the runbook.",
        "pipeline_tag": "The tag with the ARN of the pipeline that retrains the endpoint's model, if the rule does not name one.",
        "known_good_tag": "The tag with the configs that are known as good, separated by spaces.",
        "veto_tag": "The tag with the configs that a roll-back never chooses.",
    },
    "RunbookSpec": {
        "url": "The address of the runbook.",
        "matchers": "The incidents that this rule matches. If left out: all.",
    },
    "RemedyRuleSpec": {
        "remedy": f"{', '.join(name for name in RemedyName if name is not RemedyName.NONE)}, or {RemedyName.NONE}.",
        "matchers": "The incidents that this rule matches. If left out: all.",
        "mode": "dry_run: propose the remedy. approval: ask the approvers. auto: carry it out.",
        "persistence": "The number of bad runs that this remedy needs.",
        "using": "The ARN of the pipeline, state machine, function or event bus that retrain and invoke start. If left out of retrain: the ARN in the endpoint's tag.",
        "parameters": "The parameters of that call. Kedge fills in {incident}, {endpoint}, {monitor}, {window_start}, {window_end}, {report} and {baseline}.",
        "verify_within": "A remedy must be verified within this time, at most `7d`. After a remedy without verification, Kedge asks for approval.",
    },
    "LimitsSpec": {
        "kill_switch": "true: no remedy is carried out, from now on.",
        "dry_run": "true: Kedge only proposes remedies, whatever their mode.",
        "approval": "The approvers of remedies.",
        "cooldown": "Kedge does not repeat a remedy on a target within this time.",
        "most_actions": "The most remedies in a time.",
        "per": "Kedge counts the remedies within this time.",
        "largest_share_of_fleet": "The largest share of the known endpoints that remedies can change in that time; 1 endpoint is always allowed.",
    },
    "ApprovalSpec": {
        "approvers": "user/NAME, role/NAME, an ARN, or chat; a name can contain *. Empty: anyone with permission to invoke the approve function. The requester of a plan cannot approve it.",
        "required": "The number of approvers who must approve. All answers that AWS does not confirm count as one.",
        "expires_after": "The time after which a question expires without approval, at most `7d`.",
        "proof": "true: an answer counts only if AWS confirms the caller. If left out: true if approvers are named. chat counts if it is named.",
        "sessions": "free: All sessions of a role count as one person. bound: Each session is a person, because the trust policy of each role binds the session's name.",
    },
}
"""By part of the document (the type's name), then by key."""
