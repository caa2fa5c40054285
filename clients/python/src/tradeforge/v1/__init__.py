"""The wire as it is: generated messages and calls of the package `tradeforge.v1`.

Written by `generate.py`; this file alone is by hand.
"""
