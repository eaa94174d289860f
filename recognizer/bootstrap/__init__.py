"""Builds the recognizer's parts: the only place that knows which adapter stands behind a port.

The libraries of the vision and of the database take most of a second each to load. They are imported where they are
needed: a camera's process starts without the database's, and `recognizer gallery` without either.
"""
