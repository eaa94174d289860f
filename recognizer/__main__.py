"""``python -m recognizer``, and the bundle's entry."""

from __future__ import annotations

import multiprocessing
import sys

if __name__ == "__main__":
    # In a bundle the children of multiprocessing are started through this file too, and end here.
    multiprocessing.freeze_support()
    # Not before: loading all commands takes a second, and no child needs one.
    from recognizer.cli import main

    sys.exit(main())
