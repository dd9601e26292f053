"""The quality of a model: metrics against labels, limits and verdict, and an estimate without labels.

forms        the content of Model Monitor's files, as structs
columns      finds and checks the columns of labels, predictions and probabilities
draws        standard deviations by repeated draws, and why verdicts do not use them
confusion    metrics of classifiers, from counts of actual and predicted labels
scores       probabilities in bounded memory
ranking      ROC and precision-recall curves, and the area under the ROC curve
regression   errors of a regression
state        a window's records with labels: added, merged, measured
stored       states as bytes, and back
verdict      suggested limits, and the limits that a window breaks
late_labels  whether to measure a window, wait for labels, or give up
calibration  corrects probabilities by labelled records, and checks them
estimated    quality without labels, from calibrated probabilities
"""
