"""`kedge model`: puts an endpoint under watch, shows what watches it, and takes it out again.

app              the commands
command          `onboard` and `offboard`: read, plan, ask, carry out
status           `status`
screen           the tables of plans and results
state            the present state that plans are made from; pure
wishes           the options of `onboard`; pure
plan             from the state and the wishes to a plan; pure
offboarding      from the state to a plan that removes what onboarding made; pure
steps            the items of a plan, its file, and whether it is stale; pure
config           data capture on and off: a new config that keeps the rest; pure
monitors         the baseline and Kedge's monitors, and their merge into the Monitors document; pure
model_monitor    Model Monitor's job definitions and schedules; pure
alarms           alarms of metrics that have data; pure
people           the tags of the owner, and the owner's mail; pure
naming           the names of what is made; pure
selection        the endpoints of a command: names, or a tag
reading          reads an endpoint and what watches it
stack_reading    reads a stack, and publishes a changed Monitors document
permissions      asks IAM what the caller may do; alone: a question to AWS that may be refused
refusals         calls of AWS, and the words of a refusal
apply            carries out the steps of a plan
baseline_making  makes a baseline of data in S3
emit             a plan as code
"""
