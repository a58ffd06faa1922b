"""The plates service: from a picture to a box around each licence plate."""
