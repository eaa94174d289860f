"""Frames from cameras and files, by OpenCV."""
