"""Whether a remedy worked, from what is there after it.

verify        the verdict on an action
checks        one check and its deadline, and the checks of the target's monitors and metrics
endpoint      whether the endpoint is as planned
retraining    whether a training ended, made a model, and whether the model is better
"""
