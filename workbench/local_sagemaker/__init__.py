"""The local SageMaker: answers the operations that Kedge, or a user around it, calls.

It also answers for Application Auto Scaling and CodePipeline, which the emulator does not have. No emulator has monitoring, so the workbench brings its own. It speaks AWS's JSON 1.1 protocol on the loopback address, holds
requests and answers against botocore's own service model, and emits the events that SageMaker emits, in their odd spellings.

    world       all state, one object, with the clock and the way out for events given from outside
    protocol    the service model: reads and checks requests, checks and writes answers
    service     counts, fails on demand, dispatches; no sockets
    server      the sockets
    control     what the workbench may do that an account may not: finish a run, send an event again, prepare an update
    fates       how updates and executions go that were prepared
    one module a resource; each lists its operations in OPERATIONS
"""
