"""`kedge monitor baseline`, `run`, `report` and `backtest`: Kedge's monitor on files of this disk.

Only these modules import kedge_monitor with numpy and pyarrow.

data        finds files, their form, and the times of records
work        progress, failures and exit codes of a measurement
settings    options to the settings of kedge_monitor
fitting     the command `baseline`
labelled    baselines of model quality, bias and attribution
labelled_types  windows of model quality, bias and attribution
running     the command `run`
runs        the folder and the history of runs
page        the command `report`; alone: `run` and `report` render the same page
slots       captured records to profiles of short spans, in one reading
past        windows of profiles, judged by settings and counted as pages
past_labelled  windows of model quality and bias, from parts of short spans
backtest    the command `backtest`
screen      the output of these commands on a terminal
baseline_screen  the output of the command `baseline` on a terminal
"""
