"""The format of recordings, and AWS clients that answer from one. docs/recordings.md describes the format.

recording      opens a recording and reads its signals one at a time
clients        AWS clients that answer from a recording
answers        finds the answer to a call
answer         one recorded answer
ahead          reads answers ahead in the order of the file; alone: an optimisation that `answers` works without
index          the place of each answer on the disk
bucket         S3, from the files of a recording
objects        objects as files below `s3/<bucket>/<key>`
files          reads objects as files; alone: the port of reports over a folder, without answers
parameters     refuses parameters that boto3 refuses; alone: botocore's validation, without a client
service_model  botocore's description of a service
shapes         answers in boto3's shapes
values         recorded values as boto3's
typed          types for msgspec from botocore's shapes; alone: an optimisation that `clients` works without
plain          refuses a recording with links or special files
"""
