"""boto3 behind the ports: one module or package for each AWS service.

dynamodb/        the ledger and its items in the table
sagemaker/       endpoints, monitors, tags and the model registry
cloudwatch/      alarms and metrics
messaging/       SQS queues and SNS topics
dated_objects    when objects were written, and the columns of a baseline
appconfig        the policies that a team published
arns             splits Amazon resource names
calls            makes calls to AWS and translates their errors into Kedge's
captures         lists, streams and writes the objects of a measurement
spark_jobs       starts jobs of EMR Serverless; alone: the adapter of one port
clients          boto3's clients: one session, each client made at its first use
errors           the table of AWS's error codes, and what each means for the caller
executions       reads pipelines, state machines and functions that a remedy starts, and their executions
launchers        starts a pipeline, a state machine or a function by its ARN
s3               reads the first bytes of an object
stepfunctions    starts and wakes executions of the workflow of remedies
sts              asks AWS who signed an answer, a decision or a report
"""
