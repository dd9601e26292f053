"""`kedge demo`: a story of eleven endpoints, played on the local stack.

command        `kedge demo`
up             `kedge up`
performance    plays the story and compares it with what must happen
setting        prepares everything before the story begins
cast           the endpoints and their monitors
scenes         the story, from its first scene to its last; alone: the table of contents of the story
scene          one scene, and what must follow from it
drift          churn-prod: drift, a retraining, a new model
regression     fraud-prod: a bad deployment and its roll-back
traffic        search-prod: a slow challenger loses its traffic; alone: one module for each story
watched        credit-prod: put under watch by one command; what the watchdog finds; the heartbeat
lending        lending-prod: drift that only Kedge's own monitor finds
held           problems for which Kedge does nothing, each for its reason
stage          the deployed application, and the engineer who answers
evidence       reports of monitors
crossed        alarm texts of CloudWatch
answered       a remedy from evidence to outcome, read from the table
messages       the folder of sent messages
tables         the result as tables
screen         progress and result at the terminal
ending         error messages and exit codes
"""
