"""Plans, one module for each remedy, and what they share.

roll_back        to the newest good config, with the present capacity
retrain          starts a training
shift_traffic    away from a bad variant
invoke           calls the team's automation
request          the request for a plan, and its refusals
preconditions    whether an endpoint may be changed at all
config_diff      whether an endpoint can go from one config to another
launch           what a remedy may start, and who allows it
parameters       the parameters of what a remedy starts
"""
