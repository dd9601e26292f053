"""The files of a monitoring run in S3, read into evidence.

evidence        the evidence of a run, from S3 or from the event
location        where the report of a run can lie
violations      the violations file, from bytes to findings
statistics      records and metrics from statistics.json
lenient_json    reads files that are almost JSON
fault           what is wrong with a report, and where
"""
