"""Raw events to signals, one module for each kind of event.

reader                chooses the module for an event
envelope              unpacks batches and wrappings, and recognises the shape
arrival               by which entry point an event arrived, and who vouches for it
event_header          account, Region and time of an event
json_path             reads JSON values with their path
size_limits           the limits of each name and time in a signal
timestamps            times in all forms of AWS's events
arns                  names, accounts and Regions out of ARNs and URIs
alarm                 state changes of CloudWatch alarms
alarm_fields          value and limit of an alarm
processing_job        monitoring runs
ground_truth_merge    jobs that merge ground truth
run_identity          target, schedule and monitor of a run
run_verdict           the verdict of a finished job
data_window           the span of data that a run analysed
monitor_type          the kind of monitor
pipeline              executions and check steps of pipelines
schedule              monitoring schedules
violations_file       violations files in S3
direct                direct calls of detectors
endpoint              state changes of endpoints
deployment            phases of deployments; alone: one module for each kind of event
model_package         state changes of model packages; alone: one module for each kind of event
operator_requests     decisions, marks and silences of engineers
operator_fields       the fields of these requests
"""
