"""Adapters that see: cv2 and dlib behind the domain's ports."""
