"""SQS and SNS behind the ports.

queues           sends messages to an SQS queue, and reads its size
subscriptions    the subscriptions of a topic
topics           sends a message to an SNS topic, and counts its subscribers
"""
