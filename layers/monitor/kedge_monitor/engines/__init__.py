"""The same states in one process, in a container, and in Spark.

embedded    one window in one process, or in a few: verdict and files
workers     the profile of captured objects, in this process or in several
labelled    windows of model quality, bias and attribution
fitting     baselines from captured records and from tables
"""
