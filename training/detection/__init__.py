"""Traffic objects: Faster R-CNN."""
