-- An error message of half a megabyte is cut where it is kept.
-- ends: EINVAL "hugehuge"
error(('huge'):rep(100000), 0)
