"""Maths shared by training and serving. Knows NumPy and OpenCV, and nothing else of ours."""
