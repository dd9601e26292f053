"""CloudWatch behind the ports.

alarms     what an alarm watches
metrics    how an endpoint answered in a span of time
"""
