"""The configuration: keys, file and environment become one frozen object."""
