"""Commands on policies and on a deployed stack, one package for each word after `kedge`.

policy/         `kedge policy` and `kedge route`
incident/       `kedge incident`
silence/        `kedge silence`
approval/       `kedge approval`
deployment/     `kedge deployment`
signals/        `kedge signals`
report/         `kedge report`
connection/     a deployed stack: its table, its functions, its options
policy_files    reads policy files from the disk
exits           exit codes
"""
