"""Runs on an engineer's machine: the `kedge` command, the local stack, and the replay of recordings.

main                the `kedge` command; loads the module of a command when it is called
cli/                the commands on policies and on a deployed stack
demo/               `kedge demo` and `kedge up`
replay/             `kedge replay`
backtest/           `kedge replay --against`
record/             `kedge record`
recordings/         the format of recordings, and AWS clients that answer from one
scenarios/          `kedge policy test` and the suite of scenarios
local_sagemaker/    a local SageMaker
local_stack/        MiniStack, with the application deployed to it
schemas             writes the JSON Schemas into docs, policies and monitors: `python -m workbench.schemas`
remedy_functions    writes the handlers and the workflow tasks of the remedies
pictures            draws the pictures of docs/ from messages
sample_capture      writes the samples of events/capture: `python -m workbench.sample_capture`
private             folders and files that only their owner can read
"""
