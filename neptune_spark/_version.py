"""The version of the package, read by the build, by the CLI and into every jar."""

__version__ = "0.1.0"
