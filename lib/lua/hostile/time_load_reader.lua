-- A text that never ends, handed to the parser a byte at a time.
-- ends: ETIME "instruction limit"
load(function() return ' ' end)
