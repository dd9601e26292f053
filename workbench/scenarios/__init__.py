"""Tests of policies and scenarios: situations with their correct cause, remedy and notifications, played in virtual time.

command         `kedge policy test`
suite           `make scenarios`: one line for each scenario
document        the file format
parts           what all parts of the format share
happenings      the events of a test
happening       one event at its time
changes         changes of endpoints, marks, results: a part of `input`
conditions      answers of SageMaker from a time on: a part of `input`
lifetimes       deletion and creation of targets: a part of `input`
outcomes        answers to plans and results of executions; alone: a part of `input`, like `changes` and `lifetimes`
expected        expected remedies: a part of `expect`
schema          the JSON Schema of the format; alone: made for editors, and no test is played with it
reading         reads a file, or lists its faults
checks          rules beyond the schema
expectations    rules for `expect` beyond the schema; alone: `checks` walks the file, and this one an expectation with its alternatives
naming          refuses names that AWS would refuse
reach           refuses paths outside the folder of the tests
notation        series in promtool's notation
situation       a test with what it inherits
story           what happened, in order
playing         plays tests
ring            intake, ledger and reconcile in virtual time
remedying       the workflow and its use cases in virtual time
workflow/       plays the state machine
executions      executions behind the ports of the use cases; alone: a port, like `actions` and `calls`
actions         actions in memory
calls           the calls of remedies, taken, refused or lost
world           answers of SageMaker, CloudWatch and S3
catalogue       configs, models and artifacts
endpoints       endpoints
deploying       deployments and their events
living          deleted and created targets
registry        the model registry and metrics
pipelines       what remedies start
runs            series as runs with findings
events          events of runs and alarms
entry_points    the entry point of an event
facts           facts for plans
people          decisions of engineers
voting          answers of approvers, and their identities
looking         the incident or case that a part means
comparing       expected against actual
answering       expected remedies against actual ones
receivers       expected receivers against actual ones
row             one line of a comparison
showing         results as text
telling         the course of a test in a few lines
machine         results as JSON and JUnit XML
"""
