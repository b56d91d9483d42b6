-- A list whose links are tables, as deep as memory lets it be.
-- ends: ENOMEM "memory limit"
local list
while true do list = { list } end
