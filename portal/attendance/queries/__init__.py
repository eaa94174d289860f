"""What the tables say, in a constant number of queries however many students there are.

Nothing here asks who is reading: callers pass class sessions or marks that the reader may see.
"""
