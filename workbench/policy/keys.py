"""What every key of a policy means, in a sentence: for the schema (editors show it) and for docs/policy.md."""

from typing import Final

KEYS: Final[dict[str, dict[str, str]]] = {
    "PolicyDocument": {
        "apiVersion": "Always kedge/v1.",
        "name": "What decisions, messages and timelines call this policy.",
        "version": "Which edition of it. Left out, it is eight digits of the text's SHA-256.",
        "evidence": "What a monitoring run has to show before it counts.",
        "severities": "How much it matters. The first rule that matches decides; where none does, it is a warning. Left out: the default policy's rules.",
        "receivers": "Who is told, and how.",
        "route": "Where it is told: the first route takes everything, those below it take what they match.",
        "mute_time_intervals": "Nights, weekends and holidays that routes can name.",
        "silences": "Quiet that is planned beforehand. For what goes on now, use kedge silence.",
        "inhibit_rules": "What keeps quiet while something worse is open.",
        "ownership": "Which tags say whose an endpoint is, and where its runbook lies.",
        "runbooks": "Pages that messages link to. The first that matches counts, after the endpoint's own tag.",
        "remedies": "What may be done about it. The first rule that matches counts.",
        "limits": "What no remedy may exceed, whatever the evidence.",
    },
    "Evidence": {
        "minimum_records": "A run on fewer records says nothing, and is only recorded.",
        "persistence": "How many of the last runs must have been bad. The first rule that matches counts; none: one is enough.",
        "reopen_within": "What comes back within this time after its end is the same incident, opened again.",
        "flapping": "When firing and resolving in turn is told as flapping, once. null: never.",
        "overdue": "When a monitor that does not run any more is told as blind. null: never.",
        "upstream": "When the same feature drifting on many targets is one incident upstream of them. null: never.",
    },
    "Persistence": {
        "runs": "So many runs must have been bad.",
        "of": "Of so many of the last runs, 32 at most.",
        "matchers": "For which incidents. Left out: for all.",
    },
    "Flapping": {
        "changes": "So many times it must fire and resolve.",
        "within": "In so much time.",
        "calm": "After so long without a change it is over.",
    },
    "Overdue": {"missed_runs": "So many runs in a row that should have been and were not."},
    "Upstream": {"targets": "On so many targets.", "within": "In so much time."},
    "SeverityRule": {
        "severity": "critical, warning or info.",
        "matchers": "For which incidents. Left out: for all.",
        "many": "Only where many features show it.",
    },
    "Many": {
        "count": "At least so many features. With `share` beside it, either is enough.",
        "share": "More than this share of the features that were looked at: 0.3 is three in ten.",
    },
    "Receiver": {
        "name": "What routes call them; mail subscriptions filter on it.",
        "channels": "mail: the stack's topic for people. chat: its chat channel. programs: JSON for other software.",
        "limit": "How many messages at most; what is above it comes together in one.",
        "send_resolved": "Whether they hear that it is over, where they heard that it began.",
        "time_zone": "Where these people sleep: what counts as night for them.",
    },
    "Limit": {"messages": "So many messages.", "per": "In any span of this length."},
    "Route": {
        "receiver": "Who is told. Left out: who is told by the route above.",
        "matchers": "What this route takes, of what the route above takes. Left out: all of it.",
        "group_by": "Labels: what has the same values of them comes in one message; "
        "on the first route, account, region, target and monitor. '...': all.",
        "group_wait": "How long to wait for others before the first message of a group; on the first route, 0s.",
        "group_interval": "How long to wait before the next message of a group; on the first route, 1m.",
        "repeat_interval": "How long until what is still open is told again, or never; on the first route, 24h.",
        "mute_time_intervals": "While one of these holds, nothing is told here; afterwards, what is still so.",
        "active_time_intervals": "While none of these holds, nothing is told here.",
        "continue": "Whether the routes after this one may take it, too.",
        "routes": "Routes below this one. The first that matches takes it.",
    },
    "NamedInterval": {
        "name": "What routes call it.",
        "time_intervals": "It holds while one of these holds.",
    },
    "TimeInterval": {
        "times": "Parts of the day. Left out: all of it.",
        "weekdays": "Names or ranges: monday, monday:friday.",
        "days_of_month": "Numbers or ranges, from 1, or from the end, which is -1: 1:7, -3:-1.",
        "months": "Names, numbers or ranges: december, 12, november:february.",
        "years": "Years or ranges: 2026, 2026:2028.",
        "dates": "Days or ranges: 2026-12-24, 2026-12-24:2027-01-06.",
        "location": "The time zone that all of this is in, such as Europe/Berlin.",
    },
    "TimeRange": {
        "start_time": "From this time on, such as 22:00.",
        "end_time": "Until before this time, such as 07:00. Before the start, it is on the next day; 24:00 ends the day.",
    },
    "PlannedSilence": {
        "matchers": "What is not told.",
        "starts_at": "From this moment on, with its zone.",
        "ends_at": "Until before this moment. What is still open then is told.",
        "author": "Who wants it quiet.",
        "comment": "Why.",
    },
    "InhibitRule": {
        "source_matchers": "While an incident that matches these is open,",
        "target_matchers": "those that match these are not told,",
        "equal": "where both have the same values of these labels. A label that both lack makes nothing equal.",
    },
    "Ownership": {
        "owner_tag": "The tag whose value is the label owner.",
        "runbook_tag": "The tag whose value is the address of the runbook.",
    },
    "Runbook": {"url": "The page.", "matchers": "For which incidents. Left out: for all."},
    "RemedyRule": {
        "remedy": "roll_back, retrain, shift_traffic, invoke, or none.",
        "matchers": "For which incidents. Left out: for all.",
        "mode": "dry_run: say what it would do. approval: ask first. auto: do it.",
        "persistence": "Only after so many bad runs of the last ones.",
        "using": "The pipeline, state machine, function or project that retrain and invoke start, as an ARN.",
        "parameters": "What it is given. {incident}, {endpoint}, {window_start}, {window_end} and {report} are filled in.",
    },
    "Limits": {
        "kill_switch": "true: no remedy at all, at once.",
        "dry_run": "true: say what remedies would do, and do nothing, whatever their mode.",
        "approval": "Who may say yes.",
        "cooldown": "How long a target is left alone after a remedy.",
        "most_actions": "So many remedies at most,",
        "per": "in any span of this length.",
        "largest_share_of_fleet": "No more than this share of all targets at once.",
    },
    "Approval": {
        "approvers": "Who may say yes. Whoever asked for it may not.",
        "required": "How many of them must.",
        "expires_after": "When the question is closed with a no.",
    },
}
"""By part of the document (the type's name), then by key."""
