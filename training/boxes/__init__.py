"""Pictures with labelled boxes: reading, checking, splitting, augmenting and scoring them."""
