"""Why there can be no audit log."""

from __future__ import annotations


class AuditError(Exception):
    """The audit log or its key cannot be used; the sentence is for the operator, and names files and no content."""
