"""Kedge's own measurements: which windows are due, and what one of them shows.

schedule    sends due windows to the queue of the function `monitor`
window      measures one window, writes its files, and sends the result as a signal
inputs      lists the objects of a window, and reads what was written before
engine      a task and its objects to the files and the verdict of kedge_monitor; only it and `inputs` import that package
"""
