"""A task and its objects to the files and the verdict of kedge_monitor, in this process."""
