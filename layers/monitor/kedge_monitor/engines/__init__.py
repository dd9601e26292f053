"""The same states in one process, in a container, and in Spark.

embedded    one window in one process, or in a few: verdict and files
workers     the profile of captured objects, in this process or in several
transform   windows and baselines of batch transform
labelled    windows of model quality, bias and attribution
fitting     baselines from captured records and from tables
parts       parts of a window as bytes, and the whole that they make
spark       what a partition of Spark runs, and the files of the driver; alone: executors load it without the job

container        the entry point of the container of a monitoring schedule
container_run    what the runs of a container have in common
container_data   data quality in a container
container_model  model quality in a container
processing_job   the contract of SageMaker Processing: folders, environment, hosts
hosts            the hosts of one job: what they share, and what the first one collects
scripts          scripts of a customer in a process of their own
script_process   that process
"""
