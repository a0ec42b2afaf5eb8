"""The public archive: its addresses, its pages, and the tree of files they stand in.

Everything here is made from rows and editions alone: no request, no user.
"""
