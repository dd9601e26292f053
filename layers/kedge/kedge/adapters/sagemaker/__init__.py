"""TODO sagemaker."""
