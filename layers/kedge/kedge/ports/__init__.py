"""What the use cases need of the world, each port as small as its caller.

Every port may raise `Transient` (throttled, timed out, unavailable: the queue tries again) and `Permanent` (AWS refused and will
refuse again). If something does not exist, the answer is None, never an error.

readers      reads what a signal points to, and queues
watched      lists what SageMaker did
watchdog     reads how endpoints are monitored
captures     lists and streams captured data, and writes reports
spark_jobs   starts the job of a measurement that is too large for a function
facts        reads what a plan needs, and the results of an act
storage      stores and reads state, incidents, notices, effects and policies
actions      stores and reads actions
mutations    changes endpoints, starts executions, wakes workflows
channels     sends messages
"""
