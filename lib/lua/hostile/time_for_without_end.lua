-- Time, by a numeric for whose step is 0: it never reaches its limit.
-- ends: ETIME "instruction limit"
for i = 2, 1, 0 do end
