"""Looks for the runs whose events were lost, and sends them to the signals queue.

watching    one pass over everything, from the stored moment of the last one
executions  the executions of monitoring schedules
monitoring  reads how the endpoints of an account are monitored
watchdog    the faults of monitoring, once an hour
found       what was found, as events of the signals queue
"""
