"""Tests of `alie config`."""
