"""QARTOD's quality tests over arrays, one a file. Plain Python and numpy; thresholds in the variable's own unit.

Flags: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing (QARTOD, IOC Manuals and Guides 54). docs/quality.md.
"""
