"""`kedge record`: makes a recording from the APIs of an account. It only reads.

command         `kedge record`
session         boto3's clients, patient and read-only
targets         which targets are recorded
span            the span of time that is recorded
account         schedules, runs, alarms and their histories
recorder        records runs and alarms one after the other
book            what was recorded so far, in a file that survives an interruption
clients         clients that write down what AWS answers
events          events, made again from the APIs' answers
reports         the files of a run
kept            the fields that a recording keeps
pseudonyms      replaces the names of a recording
names           the replacement of each name
policy_names    replaces the names of a policy
progress        progress on stderr; alone: it knows terminals, and the command does not
"""
