"""The detection service: from a picture to a box around each road user."""
