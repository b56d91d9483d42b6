-- pack of much padding for nothing.
-- ends: ETIME "instruction limit"
while true do string.pack('c200000', '') end
