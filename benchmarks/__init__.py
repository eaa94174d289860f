"""Speed, memory and accuracy beside the peers, in one run. See README.md in this folder."""
