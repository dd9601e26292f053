"""The local stack: MiniStack and the local SageMaker, with the application deployed to them by the SAM command line.

local_stack    starts and stops both; clients; the environment that sam and the functions see
deploy         sam build, sam deploy, outputs
bus            events and alarms, pushed as AWS pushes them
activity       whether anything is still under way, and why it may not come to an end
inbox          what people, programs and chat were sent, as files
emulator       runs inside MiniStack's own interpreter, not in this one, and with it emulator_calls, …_faults, …_policies and …_workflows
"""
