"""From a signal to a decision. `pipeline` shows the order of the steps.

pipeline              the function `decide`, the order of its steps, and the context that a decision needs
evaluation            a signal on its way through the pipeline, with all that was known before it
deduplication         finds signals that repeat or are older than the newest fact
corroboration         compares unconfirmed signals with confirmed ones of the same target
verdict               the effective verdict of a run, given its records and evidence
record_counts         whether a run has enough records for a check
broken_data           the periods in which a target's data was broken
unmeasurable          targets whose runs have too few records for weeks
persistence           how many bad runs make an incident
diagnosis             the incident that a bad signal would open: cause, severity, owner, runbook
problem               the problem of a run or an alarm, reduced to what is stored
cause                 the cause, as far as one run or alarm shows it
explained_cause       the cause of a case, with the checks and deployments that show it
regression            whether a deployment caused what a run or an alarm shows
alternative_causes    collects the other explanations of what a run or an alarm shows
other_explanations    explanations other than a deployment, and how runs went before it
measurements          compares the measured values of earlier runs with the bad one
run_history           the results of the last runs of a source
severity              the severity of a problem by the policy's rules
lifecycle             opens, worsens, resolves and reopens an incident (`reopen_within`), and recognises flapping
incident_update       what changed about an incident, and its text
incident_parts        all problems of an incident, for silences and inhibitions that must cover each
alarm_contributors    the time series of an alarm that watches several
fleet                 one incident for a feature that drifts on many targets
end_of_target         closes what is open about a deleted target
state_changes         changes that open no incident and that later decisions need
deployment_ledger     which configs ran on an endpoint, and which of them is known as good
drill                 a test of routes and receivers, from its start to its end
operator_actions      acknowledgements, resolutions and notes of engineers
watch                 the rules for faults of monitoring itself
timers                carries out what is due: reminders, ends of silences, ends of flapping
next_evaluation       when a case is due again
"""
