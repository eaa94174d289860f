"""dlib's nets as ONNX graphs."""
