"""Tests of alie.export."""
