"""The team's rules, as written and as compiled, and what they need to match.

spec/             the document as a team writes it
lint/             text to document, or all its faults
compiled          the policy as the pipeline reads it, and the default policy
labels            the labels of an incident, which matchers ask for
matchers          Alertmanager's matchers on labels
safe_regex        regular expressions that always end
routes            Alertmanager's routing tree
time_intervals    times of the day at which routes are muted or active
days              weekdays, days, months and dates of an interval
durations         durations as Alertmanager writes them
"""
