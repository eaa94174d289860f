"""Importing what an office sets up a term with: read a file, recognise its columns, plan, show, write it whole.

Each step is a file. ``reading`` takes CSV and XLSX, ``columns`` finds out what stands in which column, a module for
each kind (``people`` … ``sessions``) plans and writes, ``jobs`` keeps the record of an import from step to step.
"""
