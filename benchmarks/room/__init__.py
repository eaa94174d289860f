"""A whole room: the recognizer with many cameras on one machine, and what they take of it together."""
