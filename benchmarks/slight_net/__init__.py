"""Making the slight net: dlib's CNN detector with five of its convolutions cut down for speed."""
