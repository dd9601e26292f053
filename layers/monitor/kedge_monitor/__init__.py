"""Measures captured inference data against a baseline, and writes the files of SageMaker Model Monitor.

Works without the package kedge and without AWS.

errors        the root of all errors
batch         what readers give to profiles: the columns of some records
capture/      captured records, labels and tables to batches
profile/      what is known of the columns of a window: states that can be merged
baseline      a profile and the constraints that follow from it
compare/      a window's profile against a baseline: distances, tests and verdicts
quality/      the metrics of a model against labels, and an estimate without labels
bias/         the metrics of bias by facet, and attribution drift
files/        statistics.json, constraints.json, constraint_violations.json and the others of Model Monitor
engines/      one process, a container of SageMaker Processing, Spark: the same states
report/       one page that shows a run
"""
