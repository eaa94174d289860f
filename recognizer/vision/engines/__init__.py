"""What finds faces and what encodes them."""
