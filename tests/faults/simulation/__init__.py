"""What becomes of a month in which everything goes wrong at once, ten thousand times over?"""
