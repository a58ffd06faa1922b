"""Packages that only training needs, with a clear word where they are missing."""

from __future__ import annotations

import importlib.util
import os

from training.errors import MissingPackageError


def need_packages(*names: str) -> None:
    """Checks that packages can be imported, without importing them.

    Raises:
        MissingPackageError: one is missing; the message says how to install it.
    """
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingPackageError(
            f"this needs {', '.join(missing)}, which the plain installation leaves out: "
            "pip install 'roadsight[cpu,train]'"
        )


def quiet_tensorflow() -> None:
    """Keeps TensorFlow's start-up notes off the terminal, unless the user asked for them."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
