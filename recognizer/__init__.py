"""The classroom daemon."""

import os

__version__ = "0.1.0"

# ONNX Runtime's wheels report to their maker and keep a device id in the user's folder unless this stands in the
# environment before the library loads. Nothing of ours loads before this: no command, camera process or benchmark.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
