"""`kedge monitor`: measures data, and checks, publishes and shows the Monitors document.

app            the commands
options        the options of the commands that measure
measuring/     `kedge monitor baseline`, `run`, `report` and `backtest`
document       `kedge monitor lint` and `kedge monitor push`
listing        `kedge monitor list` and `kedge monitor show`
screen         the output of monitors on a terminal
json_schema    the JSON Schema of a Monitors document
keys           the meaning of each key, for the schema and docs/monitors.md
"""
