"""How does a chart become a picture, a table, and a file for a spreadsheet?"""
