-- An error message of bytes that no terminal should see ends at the first zero.
-- ends: EINVAL "bell"
error('bell\7\27[2J\r\n%s%n%p\xff\0behind', 0)
