"""The ``roadsight`` command, one module per verb."""
