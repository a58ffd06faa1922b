"""What all sets of labelled pictures share: folders, names, faults, splits."""
