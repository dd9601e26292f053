"""The terms of Kedge as types: data without AWS, clock or log. docs/glossary.md explains each term.

signal             the facts that reach Kedge, one type for each kind
provenance         how a fact arrived, and which authority confirms it
statement          what a person or a detector signs so that AWS can confirm the signer
target             what is monitored
source_case        the case that a source's last signal went to
run_failure        why a run had no result, by the text of its failure
run                one monitoring execution: monitor, verdict, window, evidence
finding            one violated check
alarm              the value that an alarm saw, and its limit
report_sentence    numbers out of the sentences of SageMaker's reports
ground_truth       where an analysis with ground truth writes; alone: a fact about SageMaker's paths, which no service owns
cause              the causes of an incident
incident           one problem of one target, with its state, severity and cause
decision           the result of `decide`: effects, state and reason
reason             why a decision is what it is, in one word
context            what a decision needs from outside its case: silences, inhibitions, send rates, endpoint facts
notification       queued notifications, and the summary of an incident in a digest
effect             a message that dispatch must send
silence            a request to suppress notifications, with author, comment and end
deployment         the configs that ran on an endpoint, their marks and their trust
facts              what was read of an endpoint, a config, a model or an execution
remedy             names of remedies, modes, and reasons to hold one back
plan               one remedy in full, with its preconditions
action             a plan that is carried out: stages, votes, register, efficacy
stage              the stages of a remedy, and which can follow which
redelivery         when a queue delivers a failed message again
attributed         enums whose members have attributes
ids                ids that are derived from facts
errors             the tree of errors, by who has to act
"""
