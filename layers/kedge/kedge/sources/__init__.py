"""Raw events to signals, one module for each kind of event.

reader                chooses the module for an event
envelope              unpacks batches and wrappings, and recognises the shape
event_header          account, Region, time and entry point of an event
json_path             reads JSON values with their path
size_limits           the limits of each name and time in a signal
timestamps            times in all forms of AWS's events
arns                  names, accounts and Regions out of ARNs and URIs
alarm                 state changes of CloudWatch alarms
alarm_fields          value and limit of an alarm
processing_job        monitoring runs
ground_truth_merge    jobs that merge ground truth
run_identity          target, schedule, monitor and verdict of a run
data_window           the span of data that a run analysed
pipeline              executions and check steps of pipelines
schedule              monitoring schedules
violations_file       violations files in S3
measurement           Kedge's own measurements of a window
watched               executions that the function watch found
watchdog              faults of monitoring that the watchdog found
direct                direct calls of detectors
endpoint              state changes of endpoints and phases of deployments
model_package         state changes of model packages; alone: one module for each kind of event
operator_requests     decisions, marks and silences of engineers
operator_fields       the fields of these requests
"""
