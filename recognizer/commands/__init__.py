"""What `recognizer` can be told to do; each module has add_arguments() and execute()."""
