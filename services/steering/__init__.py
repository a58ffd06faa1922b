"""The steering service: from a picture of the road to the angle of the front wheels."""
