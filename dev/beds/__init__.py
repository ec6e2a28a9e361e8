"""Test beds: a YARN and a Kubernetes for one command or test, on this machine."""
