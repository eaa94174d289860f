"""What is seen means for a lesson."""
