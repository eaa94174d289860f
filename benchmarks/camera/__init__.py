"""A whole camera process on a classroom clip, beside face_recognition's usual loop on the same clip."""
