"""Who the workbench pretends to be, and what the processes that it starts may see of the real environment."""

import os
import sys
from pathlib import Path

ACCOUNT = "111122223333"
REGION = "us-east-1"
# MiniStack reads the account out of the key. Nothing here opens anything.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "local", "AWS_SESSION_TOKEN": "local"}
WAIT_SCALE = "SFN_WAIT_SCALE"


# What the local SageMaker answers for, as botocore calls the services in the names of variables.
SERVED_BESIDE = (
    "AWS_ENDPOINT_URL_SAGEMAKER",
    "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING",
    "AWS_ENDPOINT_URL_CODEPIPELINE",
)


def without_aws() -> dict[str, str]:
    """This process's environment without anything of a real AWS account or its endpoints."""
    return {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}


def wait_scale() -> float:
    """How much faster the pauses of a workflow pass here. By default a minute passes in three seconds."""
    return float(os.environ.get(WAIT_SCALE, "0.05"))


def served_by(sagemaker: str) -> dict[str, str]:
    """The variables that lead boto3 to the local SageMaker for every service that it answers for."""
    return dict.fromkeys(SERVED_BESIDE, sagemaker)


def for_tools(endpoint: str, sagemaker: str) -> dict[str, str]:
    """For sam and other AWS tools: fake credentials, local endpoints, no telemetry, and the right Python and uv first."""
    here = str(Path(sys.executable).parent)
    return (
        without_aws()
        | CREDENTIALS
        | {
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": endpoint,
            **served_by(sagemaker),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_CHECK_VERSION_UPDATE": "0",
            "SAM_CLI_POLL_DELAY": "1",
            "PATH": os.pathsep.join((here, os.environ.get("PATH", ""))),
        }
    )


def for_emulator(port: int, sagemaker: str, folder: Path) -> dict[str, str]:
    """For MiniStack, and so for the functions: it hands its own environment on to them.

    Everything that it writes goes to `folder`.
    """
    return (
        without_aws()
        | CREDENTIALS
        | {
            **served_by(sagemaker),
            "AWS_EC2_METADATA_DISABLED": "true",
            # Policies count: a function may do what the template lets its role do, and nothing else.
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            # These two listen on every address, whatever BIND_HOST says.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "KEDGE_STACK_FOLDER": str(folder),
            "GATEWAY_PORT": str(port),
            "LAMBDA_EXECUTOR": "local",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "LOG_LEVEL": "INFO",
            WAIT_SCALE: str(wait_scale()),
            "PYTHONUNBUFFERED": "1",
            "S3_DATA_DIR": str(folder / "s3"),
            # Empty is off: without compiled files every start of a function takes twice as long.
            "PYTHONDONTWRITEBYTECODE": "",
            "STATE_DIR": str(folder / "state"),
            "TMPDIR": str(folder),
        }
    )
