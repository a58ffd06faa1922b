"""Errors of training that a person can do something about: the command line prints them plainly."""

from __future__ import annotations


class TrainingError(Exception):
    """Training, evaluation or export cannot go on; the message says why and what helps."""


class RecordingError(TrainingError):
    """A folder is no recording, or nothing in it can be used."""


class ClassMapError(TrainingError):
    """A class map cannot be read, or does not fit a set."""


class RunError(TrainingError):
    """The folder of a training run is missing, taken, or does not fit the settings."""


class ExportError(TrainingError):
    """The exported file does not answer as the trained network does."""


class DarknetError(TrainingError):
    """A darknet file is damaged, or does not fit the network."""


class MissingPackageError(TrainingError):
    """A package that only training needs is not installed."""
