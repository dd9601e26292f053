"""The watchdog: finds the faults of monitoring itself from facts, without AWS and without a clock.

facts        endpoints, monitors, baselines, alarms and subscriptions, as they were read
fault        what a check returns
checks       all checks in order, with the table of their names
capture      checks of data capture
monitors     checks of baselines, labels and runs
alarms       checks of alarms: metrics that do not exist, and alarms without data
account      checks of a whole account: unwatched endpoints, subscriptions, missing permissions
"""
