"""The Monitors document: what Kedge measures by itself, as written and as compiled. It stands beside the policy.

spec                    the document as a team writes it
lint/                   text to document, or all its faults
definitions             the monitors as functions read them
schedule_expressions    rates, durations between runs, and the reader of all schedules
cron                    cron expressions of EventBridge and SageMaker
expected_runs           when a schedule of SageMaker should have run
s3_prefixes             S3 URIs as a document writes them
task                    the message that asks for the measurement of one window
due_windows             the windows to measure now, and those to skip
"""
