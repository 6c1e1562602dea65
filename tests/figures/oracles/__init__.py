"""What each figure has to say, out of what the trail alone says of every signoff.

`FIGURES` of each module: by the name of a figure, a function of the tables (`tests/figures/oracle.py`)
and of what is asked (`asked.py`), which answers the rows of its chart. Nothing of Countersign is
imported in any of them.
"""
