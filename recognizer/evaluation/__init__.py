"""How well people are told apart: measured on a folder of their photos, told in figures and on a page."""
