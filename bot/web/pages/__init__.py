"""Our own pages: where people decide who have to prove, beyond a click, that it is they."""
