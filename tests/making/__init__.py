"""What `tests/make.py` offers, by subject."""
