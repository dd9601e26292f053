"""The local SageMaker: answers the operations that Kedge and its users call.

It also answers for Application Auto Scaling and CodePipeline, which the emulator does not have. It speaks AWS's JSON 1.1 protocol on
the loopback address and checks requests and answers against botocore's service model. It emits the events that SageMaker emits, in
their own spelling. Each module of a resource lists its operations in OPERATIONS.

world                all state in one object, with the clock and the exit for events
protocol             reads and checks requests, checks and writes answers
service              counts, fails on demand, dispatches; no sockets
server               the sockets
routes               the control operations over HTTP; alone: the workbench's own route, beside AWS's protocol
control              what the workbench can do and an account cannot
permissions          which resource a call needs, and the text of a refusal
faults               failures on demand
errors               errors of the service
endpoints            endpoints
endpoint_configs     endpoint configs
deletion             DeleteEndpoint; alone: an operation of its own, and `endpoints` reads and creates
updates              UpdateEndpoint, phase by phase
weights              UpdateEndpointWeightsAndCapacities
transitions          what all changes of an endpoint share
phases               the phases of a deployment
guards               why a new fleet is rolled back
deployment_events    the events of a deployment
fates                the prepared result of the next update or execution
models               models
model_packages       the model registry
pipelines            pipelines
executions           executions of pipelines
courses              the prepared course of an execution
progress             the steps of an execution, with their events
registering          the artifact and the registered model of an execution; alone: what stays after `courses` ends
schedules            monitoring schedules and their executions
job_definitions      job definitions of the four monitors
processing           processing jobs
runs                 one monitoring execution
autoscaling          Application Auto Scaling
code_pipelines       CodePipeline
events               the envelopes of events
unreliable           drops, repeats and delays events
tags                 tags by ARN
tokens               client request tokens
listing              filters, sorting and pages of List operations
arns                 ARNs as SageMaker writes them
onboarding           the calls that put an endpoint under monitoring
story_clock          a clock that can be set; alone: the service takes any clock, and the local stack gives it this one
"""
