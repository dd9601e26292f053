"""Connects use cases to adapters, one module for each function. Handlers import only this package.

Each function loads only its own module: intake starts without the templates of dispatch. A module makes its objects at the first
call and keeps them; clients wait until they are used.

intake             reads the signals queue and direct calls
dispatch           reads the effects queue
relay              reads the table's stream
reconcile          runs every minute
monitor            measures windows of captured data; alone: the module of one function
watch              finds the runs whose events were lost
people             records decisions on incidents, configs and silences
approve            records answers to plans, from the command line and from the chat
remediate          the steps of the workflow that change nothing
roll_back          the step that updates an endpoint
shift_traffic      the step that changes weights
retrain            the step that starts a training
invoke             the step that calls the team's automation
validate_policy    refuses an invalid policy or Monitors document for AppConfig
act                what the four functions that act share
composition        the reader of events, put together from its adapters
detectors          which callers of intake are detectors that the operator named
queue_records      batches of a queue, in which one failed record does not delay the others
clock              the only reader of the clock
settings           the environment variables of each function, typed and checked
observability      the logger, the metrics and their names
log_records        the lines and counts of decisions, and of faults that stop nothing
"""

# The first import of all: boto3 is most of a cold start, and takes a quarter longer where our own modules came before it
# (tests/benchmarks/bench_cold_start.py).
from kedge.adapters.clients import client

__all__ = ["client"]
