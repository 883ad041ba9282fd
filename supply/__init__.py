"""What Alie is made of, and whether it is known to be bad: lock files, audit of dependencies, bill of materials.

Tools for who works on Alie; none of it is installed with it.
"""
