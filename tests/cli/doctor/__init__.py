"""Tests of `alie doctor`."""
