"""Tests of alie.logs."""
