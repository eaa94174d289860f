"""Composed lessons: whom a person's many tracks in 90 minutes name, and whether the students are marked."""
