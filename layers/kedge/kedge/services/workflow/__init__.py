"""The tasks of the state machine `statemachines/remediation.asl.yaml`, and what they share.

start              starts and wakes executions of the workflow
plan               makes the plan again and takes its place under the limits
ask                asks for approval, reminds, and lets it expire
check              checks approval, preconditions and limits directly before the act
act                records the intent, makes the call, records the result
observe            waits for results, reads the world, and verifies
escalate           ends an action if the workflow cannot continue
closing            ends an action that was carried out, and records the efficacy of its remedy
replan             makes a plan again from the present facts and policy
executors          whether a call was made already, and the call of each remedy
observations       reads the results of an act
model_promotion    follows the model package of a retraining
transitions        moves an action from stage to stage: stored first, then sent as a signal
wait_points        what each waiting step waits for
compose            puts the remediation together, for functions, scenarios and tests
task               the input and the answer of a task
"""
