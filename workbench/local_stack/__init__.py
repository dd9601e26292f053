"""The local stack: MiniStack and the local SageMaker, with the application deployed to them by the SAM command line.

The modules `emulator…` run inside MiniStack's interpreter and import nothing of Kedge.

local_stack           starts and stops both; clients; the environment of sam and the functions
deploy                sam build, sam deploy, outputs
environment           the account, and what child processes can see of the real environment
bus                   EventBridge, as AWS's services use it; alone: a stand-in for one service, like `alarms` and `traffic`
alarms                CloudWatch alarms, which change on demand
traffic               metrics of endpoints
inbox                 the messages to people, programs and chat, as files
activity              whether the application still works on something
complaints            errors in the stack's log; alone: it reads a log, and `activity` reads queues
emulator              MiniStack, with the differences that the workbench needs
emulator_callers      which programs may call the servers; alone: MiniStack's interpreter loads it by its name, too
emulator_calls        the calls of the functions to AWS
emulator_faults       failures of calls on demand
emulator_layers       layers, unpacked once
emulator_policies     AppConfig and IAM
emulator_queues       deliveries of queues and streams
emulator_tables       partition keys in requests, for IAM
emulator_watching     subscriptions without a confirmation, and alarms of some age
emulator_workflows    Step Functions
"""
