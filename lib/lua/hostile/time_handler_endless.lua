-- The message handler of xpcall runs on when the function has failed.
-- ends: ETIME "instruction limit"
xpcall(error, function() while true do end end)
