-- The plainest attack on time.
-- ends: ETIME "instruction limit"
while true do end
