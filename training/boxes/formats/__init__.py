"""The formats that sets of labelled pictures come in: a reader and a writer for each."""
