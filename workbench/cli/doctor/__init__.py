"""`kedge doctor`: what is wrong with Kedge itself and with the monitoring of endpoints. It only reads.

command       the command: which checks run, and the exit code; alone: `kedge` loads it only when it is called
result        the result of one check
looking       reads from AWS for checks; a refused read becomes a result of its own
health        checks of a stack of Kedge: CloudFormation, policy, rules, functions, queues, alarms, subscriptions, clock
permissions   simulates the permissions of the stack's roles
watched       checks how endpoints are monitored, as the watchdog does
runs          checks the newest runs of monitors
live          `--live-checks`: checks of an account's own behaviour
screen        the results as a table or as JSON; alone: it prints, and `command` decides
"""
