"""Tests of alie.audit."""
