"""Answers to pages that refresh themselves."""

NO_NEWS, STOP_POLLING = 204, 286
"""Leave the page as it is; and show this, and ask no more."""
