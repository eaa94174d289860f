"""``python -m recognizer``, and the bundle's entry."""

from __future__ import annotations

import multiprocessing
import sys

from recognizer.cli import main

if __name__ == "__main__":
    # In a bundle the children of multiprocessing are started through this file too.
    multiprocessing.freeze_support()
    sys.exit(main())
