"""The files of SageMaker Model Monitor, written and read.

statistics      statistics.json of data quality, with its ten buckets
constraints     constraints.json of data quality, with its overrides
violations      constraint_violations.json of each monitor
cloudwatch      the metrics of a run
run_files       the exit message, the folder of a run, and the whole comparison
struct_files    files whose content is a struct: model quality, bias, attribution
json_writer     the layout of JSON that Model Monitor has
json_reader     JSON with the place of each fault
"""
