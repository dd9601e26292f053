"""Kedge's own measurements: which windows are due, and what one of them shows.

schedule      sends due windows to the queue of the function `monitor`
window        measures one window, writes its files, and sends the result as a signal
inputs        lists the objects of a window, and reads what was written before
transforms    lists the objects of batch transform that a window covers
engine        a task and its objects to the files and the verdict of kedge_monitor
labelled      windows of model quality, bias and attribution
window_files  reads the records, labels and baseline of a window, and earlier reports
handover      starts the job of a window that is too large for the function, and reads its result
results       the numbers and the sentences of a result, and the head of its page
"""
