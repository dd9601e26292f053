"""Captured requests, labels and tables to batches of columns.

window        a window of time, the folders that can hold its records, the times of records
source        objects to read, and their lines in pieces
record        a line of capture to the rows of its two sides
payload       one side of a request, CSV, JSON or BASE64, to rows of values
layout        where the values of a record stand in a row; which columns are left out
arrange       rows of records to lines of CSV in the order of a layout
plain         the fast path for requests with CSV on both sides
columns       lines of CSV to the columns of a batch
typed         number columns that Arrow converts while it reads, where their classes can be proven
classes       the class of each value: whole number, number with a fraction, Boolean, text
reader        captured requests to batches, in pieces of constant size
read_report   what became of every line
tables        tables of CSV and JSON Lines as batches, and the choice of a table's format
parquet       tables of Parquet
transform     manifests, inputs and outputs of batch transform
labels        ground truth, and captured records joined with it
"""
