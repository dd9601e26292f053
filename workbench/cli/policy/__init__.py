"""`kedge policy` and `kedge route`: checks, explains, tests and publishes a policy.

app            the commands
options        the options of commands that read a policy file
lint           `kedge policy lint`; alone: one module for each command
explain        `kedge policy explain`
situation      plays a recording up to one signal
past           explains a past incident from its timeline
route_test     `kedge route test`
routing        the routes of labels at a time
labels         labels as a command line writes them; alone: a notation with its own errors
push           `kedge policy push`
clear          `kedge policy clear`; alone: one module for each command
schema         `kedge policy schema`; alone: one module for each command
json_schema    the JSON Schema of a policy
keys           the meaning of each key, for the schema and docs/policy.md
"""
