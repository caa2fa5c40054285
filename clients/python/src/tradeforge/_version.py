"""The version of the package, which a server of its own must have as well."""

__version__ = "0.1.0"
