"""The bias of a model by facet, and the drift of its feature attributions.

analysis     Clarify's analysis.json and violations, as structs
formulas     the metrics of bias, as functions of counts
flip_test    the metric FT, from a record's nearest neighbours
settings     the columns, the positive label and the disadvantaged groups
state        a window's records: added, merged, measured
stored       states as bytes, and back
verdict      the metrics that are farther from 0 than in the baseline
attribution  mean absolute attributions, and the nDCG of their order
"""
