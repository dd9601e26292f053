"""Looks for the runs whose events were lost, and sends them to the signals queue.

watching     one pass over everything, from the stored moment of the last one
executions   the executions of monitoring schedules
schedules    schedules that are overdue, stopped or failed
check_steps  the check steps of pipelines
monitoring   reads how the endpoints of an account are monitored
watchdog     the faults of monitoring, once an hour
progress     how far a listing came
found        what was found, as events of the signals queue
sending      compares what was found with the cases, and sends the rest
"""
