-- table.move of a range that is longer than any table.
-- ends: ETIME "instruction limit"
table.move({}, 1, 1 << 60, 2)
