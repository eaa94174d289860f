"""Who is in the photos of a class: still pictures that a person took, named all at once."""
