"""The bench: what the bridge does in a second and where the time goes; `python -m tests.bench`."""
