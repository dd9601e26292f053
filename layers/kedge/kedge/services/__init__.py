"""The use cases. They know ports, never adapters.

intake                reads an event and its facts, decides, commits
alarm_confirmation    asks CloudWatch for the state of an alarm before an act or a resolution
source_lookup         finds the incidents that a source opened on an earlier target
deleted_targets       asks SageMaker whether a target still exists
endpoint_context      reads the facts of an endpoint that a remedy may need
fact_reader           reads the facts that a plan needs
reconcile             handles everything time-based
self_check            checks subscribers and dead letters of Kedge itself
receivers             finds receivers without a confirmed subscriber
stranded              carries effects again that no worker has received
measurement/          Kedge's own measurements: what is due, and what a window shows
watch/                finds the runs whose events were lost
policy_store/         the policy in force
relay                 copies the outbox into the effects queue; alone: the use case of one function
dispatch              sends messages and starts workflows
people                records decisions of engineers
approval              records answers to plans
workflow/             the tasks of the workflow of remedies
"""
