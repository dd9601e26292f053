"""What is known of the columns of a window or a baseline: states that are filled in batches and can be merged.

kll          the quantile sketch of deequ, and the ten buckets of statistics.json
distinct     the number of distinct values, estimated; hashes of numbers and texts
categories   counts of values: exact while they are few, then the commonest and a sample
sums         exact sums, whatever the order
numbers      the state of the numbers of a column
column       the state and the profile of a column
dataset      the state and the profile of all columns, and merged profiles
fit          the edges of a baseline's histograms, and its profile
stored       profiles as bytes
"""
