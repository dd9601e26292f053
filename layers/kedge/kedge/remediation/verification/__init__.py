"""Whether a remedy worked, from what is there after it.

verify        the verdict on an action
checks        one check, and its deadline
endpoint      whether the endpoint is as planned
monitors      whether the monitors and metrics of the target are well; alone: one module for each thing that is checked
retraining    whether a training ended, made a model, and whether the model is better
"""
