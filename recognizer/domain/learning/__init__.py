"""A lesson teaches: what cameras saw of a student beyond doubt becomes references, for a while."""
