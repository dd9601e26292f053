"""CloudWatch behind the ports.

alarms     what an alarm watches
watched    alarms and traffic of an account, for the watchdog
metrics    how an endpoint answered in a span of time
"""
