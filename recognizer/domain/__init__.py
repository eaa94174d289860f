"""What the recognizer is about, in the standard library and numpy alone."""
