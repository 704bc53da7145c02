"""The product without a screen: calls in, aircraft out, everything written down."""

__version__ = "0.1.0"
