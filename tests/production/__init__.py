"""Alie as it runs in production: behind nginx, under systemd's tools, with certificates; and that its page is true."""
