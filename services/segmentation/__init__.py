"""The segmentation service: from a picture to the class of each of its pixels."""
