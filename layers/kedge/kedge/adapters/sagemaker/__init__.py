"""SageMaker behind the ports.

endpoints         endpoints, configs, models and their capacity
model_registry    model packages and their metrics
monitors          processing jobs, schedules and pipeline steps
monitored         how endpoints are monitored, for the watchdog
watched           lists of a whole account and Region
tags              the tags of an endpoint or a schedule
updates           UpdateEndpoint; alone: the only call of the roll-back function, which alone has the permission
weights           UpdateEndpointWeightsAndCapacities; alone: the only call of shift-traffic, which alone has the permission
"""
