--!caaaaaa
local function f() return 1 + f() end f()
-- Memory ends, and the budget just after it: -ENOMEM had the message of -ETIME.
