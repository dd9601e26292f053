"""Adapters: the ports of Kedge, kept by AWS. Each takes a boto3 client, or anything with the same methods."""
