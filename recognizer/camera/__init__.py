"""One camera's child process."""
