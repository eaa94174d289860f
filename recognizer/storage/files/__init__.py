"""Files on the classroom machine."""
