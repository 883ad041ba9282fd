"""Tests of what Alie is made of."""
