"""One Spark session that plays jobs, in the interpreter of .tools/spark: a line of JSON in, a line of JSON out.

A line is the list of arguments of jobs/monitor_spark.py. The answer has its exit message, or the text of its error.
"""

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ANSWER: Final = "answer: "


def start() -> int:
    """Answer each line until the input ends."""
    sys.path[:0] = [str(ROOT), str(ROOT / "layers" / "monitor")]
    from pyspark.sql import SparkSession

    from jobs import monitor_spark
    from kedge_monitor.errors import MonitorError

    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        # Small partitions, so that a few objects make several of them.
        .config("spark.sql.files.maxPartitionBytes", "262144")
        .config("spark.sql.files.openCostInBytes", "0")
        .config("spark.sql.warehouse.dir", os.environ["KEDGE_SPARK_FOLDER"])
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    print(ANSWER + json.dumps({"version": spark.version}), flush=True)
    for line in sys.stdin:
        try:
            answer = {"message": monitor_spark.run(spark, monitor_spark.read_task(json.loads(line)))}
        except MonitorError as error:
            answer = {"error": str(error)}
        except Exception:  # noqa: BLE001  the next test needs the session
            answer = {"fault": traceback.format_exc()}
        print(ANSWER + json.dumps(answer), flush=True)
    spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(start())
