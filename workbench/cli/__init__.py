"""Commands on policies and on a deployed stack, one package for each word after `kedge`.

policy/         `kedge policy` and `kedge route`
incident/       `kedge incident`
silence/        `kedge silence`
approval/       `kedge approval`
deployment/     `kedge deployment`
signals/        `kedge signals`
drill/          `kedge drill`
report/         `kedge report`
monitor/        `kedge monitor`
doctor/         `kedge doctor`
model/          `kedge model`
connection/     a deployed stack: its table, its functions, its options
policy_files    reads files of policies and monitors from the disk
lint_screen     the output of `kedge policy lint` and `kedge monitor lint`
exits           exit codes
"""
