"""What is done with one face's picture."""
